using System.Net;
using Gateway.Tests.Emulator;
using Gateway.Tests.EndToEnd;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.Outages;

/// <summary>Rows of the fault table in which the API server cannot be reached, or a connection to it carries nothing.</summary>
public sealed class FaultMatrixConnectionTests
{
    private const string Greeting = "/v1/namespaces/shop/services/greeting/instances";

    [Fact]
    public async Task AClosedPortIsStaleUntilItIsOpen()
    {
        await using var registry = await FaultedRegistry.StartAsync();
        await registry.Balancer.ClosePortAsync();
        await registry.UntilStaleAsync();
        await registry.ChangeAsync();
        await registry.ShouldShowTheFormerStateAsync(isStale: true);
        registry.Balancer.OpenPort();
        await registry.AgreeAsync();
    }

    [Fact]
    public async Task ConnectionsThatAreResetAreStaleUntilTheyAreNot()
    {
        await using var registry = await FaultedRegistry.StartAsync();
        registry.Balancer.LoseBackend();
        await registry.UntilStaleAsync();
        await registry.ChangeAsync();
        await registry.ShouldShowTheFormerStateAsync(isStale: true);
        registry.Balancer.RegainBackend();
        await registry.AgreeAsync();
        registry.Balancer.Resets.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task AnApiServerThatIsRestartedWithAllKindsIdleIsFreshAgain()
    {
        await using var registry = await FaultedRegistry.StartAsync();
        var version = registry.Small.Cluster.Storage.Version;
        await registry.Balancer.ClosePortAsync();
        await registry.UntilStaleAsync();
        await registry.ShouldShowTheFormerStateAsync(isStale: true);
        registry.Balancer.OpenPort();
        await registry.UntilFreshAsync();
        registry.Small.Cluster.Storage.Version.ShouldBe(version);
        await registry.ShouldShowTheFormerStateAsync(isStale: false);
        await registry.AgreeAsync();
    }

    [Fact]
    public async Task AnApiServerThatIsAwayAtTheStartIsWaitedFor()
    {
        await using var small = await SmallCluster.StartAsync();
        small.Pod("greeter-1", "10.0.0.1");
        await using var balancer = new Balancer(small.Cluster.Url);
        balancer.LoseBackend();
        await using var gateway = await GatewayUnderTest.StartAsync(
            new Uri($"http://127.0.0.1:{balancer.Port}"), synced: false, adjust: static builder => builder.Services.AddSingleton(FaultedRegistry.Quick));
        ((string)(await gateway.Http.GetJsonAsync(Greeting, HttpStatusCode.ServiceUnavailable))["code"]!).ShouldBe("not-synced");
        (await gateway.Http.GetJsonAsync("/readyz", HttpStatusCode.ServiceUnavailable))["synced"]!.GetValue<bool>().ShouldBeFalse();
        (await gateway.Http.GetStringAsync(new Uri("/livez", UriKind.Relative), TestContext.Current.CancellationToken)).ShouldBe("ok\n");

        balancer.RegainBackend();
        (await gateway.State.WaitForSyncAsync(Patience.Limit)).ShouldNotBeNull();
        await using var agreement = await Agreement.BeginAsync(small.Cluster.Storage, gateway.Http);
        await agreement.RegisterAsync("greeter-1");
        await agreement.ReachAsync();
    }

    /// <summary>HTTP/1.1. Towards the gateway nothing comes; towards the API server only requests are lost, and open watches go on sending.</summary>
    [Theory]
    [InlineData(Frozen.FromServer)]
    [InlineData(Frozen.ToServer)]
    [InlineData(Frozen.Both)]
    public async Task AHalfOpenConnectionIsLeftWhicheverDirectionIsDead(Frozen directions)
    {
        await using var registry = await FaultedRegistry.StartAsync(FaultedRegistry.ShortLimits);
        await using var stream = await registry.WatchAsync();
        registry.Balancer.FreezeOpen(alsoNew: true, directions);
        await registry.ChangeAsync();
        if (directions == Frozen.ToServer)
        {
            string[] seen = [(await stream.NextAsync()).Name, (await stream.NextAsync()).Name];
            seen.ShouldBe(["removed", "stale"], ignoreOrder: true);
            var shown = await registry.LookUpAsync();
            shown["instances"]!.AsArray().ShouldHaveSingleItem()!["pod"]!["name"]!.ToString().ShouldBe("greeter-2");
            ((bool)shown["stale"]!).ShouldBeTrue();
            registry.Balancer.AdmitNew();
            await stream.NextAsync("fresh");
        }
        else
        {
            await stream.NextAsync("stale");
            await registry.ShouldShowTheFormerStateAsync(isStale: true);
            registry.Balancer.AdmitNew();
            await FaultedRegistry.ShouldSendTheChangeBeforeFreshAsync(stream);
        }

        await registry.AgreeAsync();
    }
}
