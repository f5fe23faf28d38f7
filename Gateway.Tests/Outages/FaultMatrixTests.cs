using Gateway.Core.Kubernetes.Informers;
using Gateway.Emulator.Storage;
using Gateway.Tests.Emulator;
using Gateway.Tests.EndToEnd;
using Microsoft.Extensions.DependencyInjection;
using StreamReader = Gateway.Tests.EndToEnd.StreamReader;

namespace Gateway.Tests.Outages;

/// <summary>
/// Rows of the fault table in docs/architecture.md that need a whole gateway: what callers see during the fault, and afterwards cache =
/// cluster = subscriber, with every acknowledged registration.
/// </summary>
public sealed class FaultMatrixTests
{
    private const string Watch = "/v1/namespaces/shop/services/greeting/watch";

    private static readonly ReflectorOptions Quick = new()
    {
        FirstBackoff = TimeSpan.FromMilliseconds(50),
        LongestBackoff = TimeSpan.FromMilliseconds(400),
        ProbeInterval = TimeSpan.FromMilliseconds(500),
        ProbeRetry = TimeSpan.FromMilliseconds(200),
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task HalfOpenConnectionsAreStaleUntilEveryKindHasCaughtUp()
    {
        await using var cluster = await SmallCluster.StartAsync();
        cluster.Pod("greeter-1", "10.0.0.1");
        cluster.Pod("greeter-2", "10.0.0.2");
        await using var balancer = new Balancer(cluster.Cluster.Url);
        await using var gateway = await GatewayUnderTest.StartAsync(
            new Uri($"http://127.0.0.1:{balancer.Port}"), adjust: static builder => builder.Services.AddSingleton(Quick));
        await gateway.Http.RegisterAsync(new { @namespace = "shop", pod = "greeter-1", service = "greeting", port = 8080 });
        await gateway.Http.RegisterAsync(new { @namespace = "shop", pod = "greeter-2", service = "greeting", port = 8080 });
        await using var stream = await StreamReader.OpenAsync(gateway.Http, Watch);
        (await stream.NextAsync("snapshot")).Data["instances"]!.AsArray().Count.ShouldBe(2);

        balancer.FreezeOpen(alsoNew: true);
        cluster.Remove(ResourceKinds.Pods, "greeter-1");
        (await stream.NextAsync()).Name.ShouldBe("stale");
        (await gateway.Http.GetJsonAsync("/v1/namespaces/shop/services/greeting/instances"))["instances"]!.AsArray().Count.ShouldBe(2);
        (await gateway.Http.GetJsonAsync("/readyz"))["lost"]!.AsArray().ShouldNotBeEmpty();

        // What was open stays half-open: the dead pod is gone before anything is called fresh.
        balancer.AdmitNew();
        var next = await stream.NextAsync();
        next.Name.ShouldBe("removed");
        next.Data["pod"]!["name"]!.ToString().ShouldBe("greeter-1");
        (await stream.NextAsync()).Name.ShouldBe("fresh");
        var shown = await gateway.Http.GetJsonAsync("/v1/namespaces/shop/services/greeting/instances");
        ((bool)shown["stale"]!).ShouldBeFalse();
        shown["instances"]!.AsArray().ShouldHaveSingleItem()!["pod"]!["name"]!.ToString().ShouldBe("greeter-2");
    }

    [Fact]
    public async Task OneIdleKindThatCannotBeWatchedKeepsAnswersStaleAndIsNamed()
    {
        await using var cluster = await SmallCluster.StartAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(
            cluster.Cluster.Url, adjust: static builder => builder.Services.AddSingleton(Quick));
        cluster.Cluster.Faults.RefuseConnections(static request => request.Path.EndsWith("/services", StringComparison.Ordinal));
        await gateway.State.WaitAsync(static snapshot => snapshot.IsStale, Patience.Limit, Token);

        cluster.Pod("greeter-1", "10.0.0.1");
        await gateway.State.WaitAsync(static snapshot => snapshot.RegistrationsOf("shop", "greeter-1") is not null, Patience.Limit, Token);
        gateway.State.Current.IsStale.ShouldBeTrue("the pods' events prove nothing about Services");

        // The other kinds were in doubt for as long as a new watch takes.
        while (await LostAsync(gateway) is not ["services"])
            await Task.Delay(20, Token);

        cluster.Cluster.Faults.AcceptConnections();
        await gateway.State.WaitAsync(static snapshot => !snapshot.IsStale, Patience.Limit, Token);
    }

    private static async Task<string?[]> LostAsync(GatewayUnderTest gateway) =>
        [.. (await gateway.Http.GetJsonAsync("/readyz"))["lost"]!.AsArray().Select(static kind => (string?)kind)];
}
