using System.Collections.Immutable;
using System.Globalization;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Dubbo.Metadata;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Tests.Registry.Projecting;

/// <summary>
/// Folding a change costs in proportion to what it concerns: counted in allocations, so that a busy machine changes nothing. Every input is as
/// large as its bound allows.
/// </summary>
public sealed class FoldingCostTests(ITestOutputHelper output)
{
    private const double Linear = 3;

    public static TheoryData<string> Names => [.. Inputs.Keys];

    private static readonly Dictionary<string, (int Size, Func<int, Action> Prepare)> Inputs = new()
    {
        ["readiness of a pod with records of many services"] = (500, static size => Readiness([.. Enumerable.Range(0, size).Select(static i => Given.Record("a", $"service-{i}"))])),
        ["readiness of a pod with many records of one service"] = (500, static size => Readiness([.. Enumerable.Range(1, size).Select(static port => Given.Record("a", "orders", port))])),
        ["readiness of a pod with many overrides"] = (400, static size => Readiness([.. Enumerable.Range(1, size).Select(static port => Given.Record("a", "orders", port) with { IsOverlay = true, OutOfService = OutOfService.ByPod })])),
        ["another pod's record of an application of many services"] = (1_000, Application),
        ["a MetadataInfo of many services"] = (1_000, MetadataInfo),
        ["a Service with many mapped interfaces"] = (1_000, Mapped),
        ["a pod in many slices"] = (1_000, Sliced),
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void AChangeOfTwiceTheSizeCostsLessThanThreeTimesAsMuch(string name)
    {
        var (size, prepare) = Inputs[name];
        var (small, large) = (Cost(prepare(size)), Cost(prepare(2 * size)));
        output.WriteLine($"{small} and {large} bytes: {(double)large / small:F2}");
        ((double)large / small).ShouldBeLessThan(Linear);
    }

    private static long Cost(Action change)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        change();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static Action Readiness(RegistrationRecord[] records)
    {
        var pod = Given.Pod("a", "10.1.0.1", records);
        var registry = ProjectedRegistry.Synced(Given.Service("orders"), Given.Slice("orders", Given.Endpoint("a", "10.1.0.1")), pod);
        registry.Fold(pod with { Ready = false });
        return () => registry.Fold(pod);
    }

    private static Action Application(int size)
    {
        var applications = Provided(size);
        var registry = new ProjectedRegistry(applications: applications);
        registry.Sync();
        registry.Fold(Given.Pod("a", "10.1.0.1", Given.Record("a", "greeter", 20_880, "dubbo")));
        registry.Instances("com.example.S7").ShouldHaveSingleItem();
        return () => registry.Fold(Given.Pod("b", "10.1.0.2", Given.Record("b", "greeter", 20_880, "dubbo")));
    }

    private static Action MetadataInfo(int size)
    {
        var applications = new MemoryApplicationStore(new(), TimeProvider.System);
        var registry = new ProjectedRegistry(applications: applications);
        registry.Sync();
        registry.Fold(Given.Pod("a", "10.1.0.1", Given.Record("a", "greeter", 20_880, "dubbo")));
        return () =>
        {
            applications.Put(new("shop", "greeter"), Info(size));
            registry.Fold();
        };
    }

    private static Action Mapped(int size)
    {
        var registry = ProjectedRegistry.Synced(Given.Pod("a", "10.1.0.1"), Given.Slice("greeter", Given.Endpoint("a", "10.1.0.1")));
        var service = Given.Service("greeter");
        var text = string.Join(',', Enumerable.Range(0, size).Select(static i => $"com.example.S{i}:1.{i}"));
        var mapped = service with { Metadata = service.Metadata with { Annotations = new Dictionary<string, string> { ["registry-gateway.io/interfaces"] = text } } };
        return () =>
        {
            registry.Fold(mapped);
            registry.Instances("com.example.S7").ShouldHaveSingleItem();
        };
    }

    private static Action Sliced(int size)
    {
        var registry = ProjectedRegistry.Synced(Given.Service("orders") with { Ports = [] }, Given.Pod("a", "10.1.0.1"));
        registry.Fold([.. Enumerable.Range(0, size).Select(static i => Given.Slice("orders", i.ToString("x6", CultureInfo.InvariantCulture), Given.Endpoint("a", "10.1.0.1"))
            .WithPorts(new EndpointPort($"p{i}", 1 + i, "TCP", null)))]);
        return () => registry.Fold(Given.Pod("a", "10.1.0.1") with { Ready = false });
    }

    private static MemoryApplicationStore Provided(int size)
    {
        var applications = new MemoryApplicationStore(new(), TimeProvider.System);
        applications.Put(new("shop", "greeter"), Info(size));
        return applications;
    }

    private static ApplicationMetadata Info(int size) => new(
        "r1", new byte[100],
        [.. Enumerable.Range(0, size).Select(static i => new ProvidedService($"com.example.S{i}", "", "", "dubbo", 20_880, "", NoParameters))]);

    private static readonly ImmutableSortedDictionary<string, string> NoParameters = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
}
