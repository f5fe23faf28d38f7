using System.Collections.Concurrent;
using Gateway.Emulator.Http;
using Gateway.Emulator.Storage;
using Gateway.Tests.Emulator;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.Kubernetes.Client;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Outages;

/// <summary>Rows of the fault table in which one kind, or one API server, knows less than the others.</summary>
public sealed class FaultMatrixTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task HalfOpenConnectionsAreStaleUntilEveryKindHasCaughtUp()
    {
        await using var registry = await FaultedRegistry.StartAsync(FaultedRegistry.ShortLimits);
        await using var stream = await registry.WatchAsync();
        registry.Balancer.FreezeOpen(alsoNew: true);
        await registry.ChangeAsync();
        await stream.NextAsync("stale");
        await registry.ShouldShowTheFormerStateAsync(isStale: true);
        (await LostAsync(registry)).ShouldNotBeEmpty();

        // What was open stays half-open: the dead pod is gone before anything is called fresh.
        registry.Balancer.AdmitNew();
        await FaultedRegistry.ShouldSendTheChangeBeforeFreshAsync(stream);
        var shown = await registry.LookUpAsync();
        ((bool)shown["stale"]!).ShouldBeFalse();
        shown["instances"]!.AsArray().ShouldHaveSingleItem()!["pod"]!["name"]!.ToString().ShouldBe("greeter-2");
        await registry.AgreeAsync();
    }

    [Fact]
    public async Task OneIdleKindThatCannotBeWatchedKeepsAnswersStaleAndIsNamed()
    {
        await using var registry = await FaultedRegistry.StartAsync();
        registry.Faults.RefuseConnections(static request => request.Path.EndsWith("/services", StringComparison.Ordinal));
        await registry.UntilStaleAsync();
        await registry.ChangeAsync();
        await registry.Gateway.State.WaitAsync(static snapshot => snapshot.RegistrationsOf("shop", "greeter-3") is not null, Patience.Limit, Token);
        registry.Gateway.State.Current.IsStale.ShouldBeTrue("the pods' events prove nothing about Services");

        // The other kinds were in doubt for as long as a new watch takes.
        using var ticks = new PeriodicTimer(Tick);
        while (await LostAsync(registry) is not ["services"])
            await ticks.WaitForNextTickAsync(Token);

        registry.Faults.AcceptConnections();
        await registry.AgreeAsync();
    }

    /// <summary>
    /// Watches are at the first API server, all other requests are answered by the second one, and so is a watch that is opened for a comparison. Other
    /// clients read at one of them alone, which moves its watch cache of an idle kind on: what is seen of the other one is behind it.
    /// </summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task TwoApiServersBehindOneBalancerReplaceNoWatchAndLoseNoKind(int readAt)
    {
        const int Proof = 4;
        using var directory = new TemporaryDirectory();
        var front = new TlsFiles(directory);
        await using var _ = front;
        var watches = new ConcurrentDictionary<string, int>();
        var small = await SmallCluster.StartAsync(admin: "admin", bookmarks: TimeSpan.FromMilliseconds(300), servers: 2);
        await using var registry = await FaultedRegistry.StartAsync(
            FaultedRegistry.Quick with { StreamingLists = false, ProofTimeout = TimeSpan.FromSeconds(Proof), DeadAfter = TimeSpan.FromSeconds(1) }, cluster: small, front: async cluster =>
            {
                await front.StartAsync(cluster);
                front.Tls.Route = request => cluster.Cluster.Urls[ServerOf(request)];
                return front;
            });

        var services = 0;
        using var ticks = new PeriodicTimer(Tick);
        using var deadline = new CancellationTokenSource(Patience.Limit);
        small.Cluster.Requests.Clear();
        while (!IsSeen())
        {
            deadline.Token.ThrowIfCancellationRequested();
            registry.Small.SetReady("greeter-1", services++ % 2 == 0);
            small.Cluster.Storage.ListWithVersion(ResourceKinds.Services, readAt);
            await ticks.WaitForNextTickAsync(Token);
        }

        await registry.AgreeAsync();
        registry.ShouldNeverHaveBeenLost();
        watches.Keys.Count.ShouldBeGreaterThan(3);
        watches.ShouldAllBe(static kind => kind.Value == 1);

        int ServerOf(HttpRequest request)
        {
            if (!request.Query.ContainsKey("watch") || request.Query["timeoutSeconds"] == $"{Proof}")
                return 1;
            watches.AddOrUpdate(request.Path, 1, static (_, count) => count + 1);
            return 0;
        }

        // Ahead of the watch, the second server's version is compared with another watch; behind it, with etcd.
        bool IsSeen() => small.Cluster.Requests.Count(logged => logged.Request.Path.EndsWith("/services", StringComparison.Ordinal)
            && (readAt == 1 ? logged.Request.IsWatch : IsOfEtcd(logged.Request))) >= 2;
    }

    private static bool IsOfEtcd(ObservedRequest request) =>
        request.Query.Contains("fieldSelector=", StringComparison.Ordinal) && !request.Query.Contains("resourceVersion=", StringComparison.Ordinal);

    private static async Task<string?[]> LostAsync(FaultedRegistry registry) =>
        [.. (await registry.Gateway.Http.GetJsonAsync("/readyz"))["lost"]!.AsArray().Select(static kind => (string?)kind)];
}
