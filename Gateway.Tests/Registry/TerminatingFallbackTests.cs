using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Registry;

/// <summary><c>terminating=fallback</c>, and what a slice and a Service say beside addresses.</summary>
public sealed class TerminatingFallbackTests
{
    private static readonly LookupFilter Fallback = new() { FallsBackToTerminating = true };

    [Fact]
    public void OnlyWhereNothingIsUpDoThoseThatStillServeCount()
    {
        var up = One("a", InstanceStatus.Up);
        var serving = One("b", InstanceStatus.Terminating) with { StillServes = true };
        var gone = One("c", InstanceStatus.Terminating);
        Fallback.Apply([up, serving, gone]).ShouldBe([up]);
        Fallback.Apply([serving, gone]).ShouldBe([serving]);
        Fallback.Apply([One("d", InstanceStatus.Down), gone]).ShouldBeEmpty();
        LookupFilter.Default.Apply([serving]).ShouldBeEmpty();
        new LookupFilter { FallsBackToTerminating = true, Zone = "zone-b" }.Apply([serving]).ShouldBeEmpty();
        Fallback.Key.ShouldNotBe(LookupFilter.Default.Key);
    }

    [Fact]
    public async Task ASliceSaysWhoServesAndByWhichHostnameAndAServiceHowItIsReached()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Small.Service("""{"internalTrafficPolicy":"Local","trafficDistribution":"PreferClose"}""", name: "store");
        registry.Slice("store-1", "store", """
            [{"addresses":["10.9.0.1"],"conditions":{"ready":false,"serving":true,"terminating":true},"hostname":"store-0","nodeName":"node-2"},
             {"addresses":["10.9.0.2"],"conditions":{"ready":false,"serving":false,"terminating":true}}]
            """);
        await registry.Http.LookUpUntilAsync("shop", "store", static all => all.Count == 2);
        (await registry.Http.LookUpAsync("shop", "store")).ShouldBeEmpty();
        var one = (await registry.Http.LookUpAsync("shop", "store", "?terminating=fallback&node=node-2")).ShouldHaveSingleItem();
        ((string?)one["address"], one.Status()).ShouldBe(("10.9.0.1", "TERMINATING"));
        one["hostname"]!.ToJsonString().ShouldBe("""{"short":"store-0","full":"store-0.store.shop.svc"}""");
        var fallback = (await registry.Http.GetJsonAsync("/v1/namespaces/shop/services/store/instances"))["fallback"]!;
        ((string?)fallback["internalTrafficPolicy"], (string?)fallback["trafficDistribution"]).ShouldBe(("Local", "PreferClose"));
    }

    private static Instance One(string id, InstanceStatus status) => new() { Id = id, Key = new("shop", "store", "", "", "http", 80), Status = status };
}
