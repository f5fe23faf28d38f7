using System.Diagnostics;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry;

namespace Gateway.Tests.Registry.Projecting;

/// <summary>
/// Sizes at which a careless index shows: the limits are many times what a laptop needs, so that only another order of growth fails.
/// </summary>
public sealed class RegistryScaleTests(ITestOutputHelper output)
{
    [Fact]
    public void AFirstSyncOfAHundredThousandPodsTakesSeconds()
    {
        const int Count = 100_000;
        using var registry = new ProjectedRegistry();
        registry.Sync();
        registry.Put([.. Enumerable.Range(0, Count).Select(static i => Given.Pod($"pod-{i}", Ip(i), Given.Record($"pod-{i}", $"service-{i % 2000}")))]);
        registry.Put([.. Enumerable.Range(0, 2000).Select(static s => Given.Service($"service-{s}"))]);
        registry.Put([.. Enumerable.Range(0, 2000).Select(static s => Given.Slice($"service-{s}", [.. Enumerable.Range(0, Count / 2000).Select(k => Given.Endpoint($"pod-{(k * 2000) + s}", Ip((k * 2000) + s)))]))]);

        var watch = Stopwatch.StartNew();
        registry.Fold();
        output.WriteLine($"first sync: {watch.ElapsedMilliseconds} ms");
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(60));
        registry.State.Current.Instances.Count.ShouldBe(Count);
        registry.State.Current.Services.Count.ShouldBe(2000);

        watch.Restart();
        for (var round = 0; round < 1000; round++)
            registry.Fold(Given.Pod($"pod-{round}", Ip(round), Given.Record($"pod-{round}", $"service-{round % 2000}") with { Weight = 1 }));
        output.WriteLine($"one change: {watch.Elapsed.TotalMilliseconds / 1000:F3} ms");
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(30));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AServiceOfFiveThousandEndpointsIsRecomputedQuickly(bool withRecords)
    {
        using var registry = ProjectedRegistry.Synced(Given.Service("orders"));
        registry.Put([.. Enumerable.Range(0, 5000).Select(Pod)]);
        registry.Put([.. Enumerable.Range(0, 50).Select(static s => Given.Slice(
            "orders", $"slice-{s}", [.. Enumerable.Range(s * 100, 100).Select(static i => Given.Endpoint($"pod-{i}", Ip(i)))]))]);
        registry.Fold();
        registry.Instances().Length.ShouldBe(5000);

        var watch = new Stopwatch();
        for (var round = 0; round < 100; round++)
        {
            registry.Put(Pod(round).Terminating());
            watch.Start();
            registry.Fold();
            watch.Stop();
        }

        output.WriteLine($"one change of 5,000: {watch.Elapsed.TotalMilliseconds / 100:F2} ms");
        registry.Service().View(LookupFilter.Default).Instances.Length.ShouldBe(4900);
        (watch.Elapsed / 100).ShouldBeLessThan(TimeSpan.FromMilliseconds(200));

        Pod Pod(int i) => withRecords ? Given.Pod($"pod-{i}", Ip(i), Given.Record($"pod-{i}")) : Given.Pod($"pod-{i}", Ip(i));
    }

    private static string Ip(int i) => $"10.{i >> 16}.{(i >> 8) & 255}.{i & 255}";
}
