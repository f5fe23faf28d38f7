using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry;

namespace Gateway.Tests.Registry.Projecting;

/// <summary>
/// Sizes at which a careless index shows: by what is allocated, which is the same on every machine and at every load, so that another order of growth
/// fails and nothing else. What it takes in time is in the benchmarks.
/// </summary>
public sealed class RegistryScaleTests(ITestOutputHelper output)
{
    private const int PodsOfAService = 50;

    [Fact]
    public async Task AChangeCostsTheSameAmongAHundredThousandPodsAsAmongAThousand()
    {
        const int Count = 100_000;
        using var few = await SyncedAsync(1_000);
        using var many = await SyncedAsync(Count);
        many.State.Current.Instances.Count.ShouldBe(Count);
        many.State.Current.Services.Count.ShouldBe(Count / PodsOfAService);

        var (small, large) = (CostOfChanges(few), CostOfChanges(many));
        output.WriteLine($"one change: {small} bytes among 1,000 pods, {large} among {Count}");
        large.ShouldBeLessThan(small * 3);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AServiceOfFiveThousandEndpointsIsRecomputedInProportionToItsSize(bool withRecords)
    {
        var (small, large) = (CostOfTerminating(500, withRecords), CostOfTerminating(5000, withRecords));
        output.WriteLine($"one change: {small} bytes of 500, {large} of 5,000");
        large.ShouldBeLessThan(small * 10 * 2);
    }

    /// <summary>A first sync under the one ceiling: what takes longer is broken.</summary>
    private static async Task<ProjectedRegistry> SyncedAsync(int count)
    {
        var services = count / PodsOfAService;
        var registry = new ProjectedRegistry();
        registry.Sync();
        registry.Put([.. Enumerable.Range(0, count).Select(i => Given.Pod($"pod-{i}", Ip(i), Given.Record($"pod-{i}", $"service-{i % services}")))]);
        registry.Put([.. Enumerable.Range(0, services).Select(static s => Given.Service($"service-{s}"))]);
        registry.Put([.. Enumerable.Range(0, services).Select(s => Given.Slice(
            $"service-{s}", [.. Enumerable.Range(0, PodsOfAService).Select(k => (k * services) + s).Select(static i => Given.Endpoint($"pod-{i}", Ip(i)))]))]);
        await Task.Run(registry.Fold).WaitAsync(Patience.Limit * 2);
        return registry;
    }

    private static long CostOfChanges(ProjectedRegistry registry)
    {
        const int Rounds = 1000;
        var services = registry.State.Current.Services.Count;
        var cost = 0L;
        for (var round = 0; round < Rounds; round++)
        {
            registry.Put(Given.Pod($"pod-{round}", Ip(round), Given.Record($"pod-{round}", $"service-{round % services}") with { Weight = 1 }));
            cost += CostOfFold(registry);
        }

        return cost / Rounds;
    }

    private static long CostOfTerminating(int pods, bool withRecords)
    {
        const int Rounds = 100;
        using var registry = ProjectedRegistry.Synced(Given.Service("orders"));
        registry.Put([.. Enumerable.Range(0, pods).Select(Pod)]);
        registry.Put([.. Enumerable.Range(0, pods / 100).Select(static s => Given.Slice(
            "orders", $"slice-{s}", [.. Enumerable.Range(s * 100, 100).Select(static i => Given.Endpoint($"pod-{i}", Ip(i)))]))]);
        registry.Fold();
        registry.Instances().Length.ShouldBe(pods);

        var cost = 0L;
        for (var round = 0; round < Rounds; round++)
        {
            registry.Put(Pod(round).Terminating());
            cost += CostOfFold(registry);
        }

        registry.Service().View(LookupFilter.Default).Instances.Length.ShouldBe(pods - Rounds);
        return cost / Rounds;

        Pod Pod(int i) => withRecords ? Given.Pod($"pod-{i}", Ip(i), Given.Record($"pod-{i}")) : Given.Pod($"pod-{i}", Ip(i));
    }

    private static long CostOfFold(ProjectedRegistry registry)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        registry.Fold();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static string Ip(int i) => $"10.{i >> 16}.{(i >> 8) & 255}.{i & 255}";
}
