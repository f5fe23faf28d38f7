using System.Net;
using System.Text.Json.Nodes;
using Gateway.Core.Identity;
using Gateway.Core.Results;
using Gateway.Emulator.Http;
using Gateway.Emulator.Storage;
using Gateway.Tests.Emulator;
using Gateway.Tests.Registration;

namespace Gateway.Tests.PodWriting;

/// <summary>What registrations cost the API server, by its own log.</summary>
public sealed class WriteTrafficTests(ITestOutputHelper output)
{
    private const int Starting = 1_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ARegistrationOfACachedPodIsOneRequest()
    {
        await using var cluster = await StartAsync(1);
        await using var replica = await new LiveReplica(cluster.Cluster, "one").SyncedAsync();
        var caller = Caller(cluster, 0);
        cluster.Cluster.Requests.Clear();

        (await RegisterAsync(replica, caller, 8080)).Value.Items[0].Created.ShouldBeTrue();
        CallsOf(cluster).ShouldBe(["PATCH 200"]);
    }

    [Fact]
    public async Task AStatusUpdateThatTheCacheHasNotSeenIsOneConflictAndLosesNothing()
    {
        await using var cluster = await StartAsync(1);
        await using var replica = await new LiveReplica(cluster.Cluster, "stalled", TimeSpan.Zero).SyncedAsync();
        var caller = Caller(cluster, 0);
        cluster.Cluster.Faults.StallWatches(static request => request.UserAgent.Contains("stalled", StringComparison.Ordinal));
        cluster.Cluster.Player.SetReady("shop", "pod-0", false);
        cluster.Cluster.Requests.Clear();

        (await RegisterAsync(replica, caller, 8080)).Value.Items[0].Created.ShouldBeTrue();
        CallsOf(cluster).ShouldBe(["PATCH 409", "GET 200", "PATCH 200"]);
        OwnKeys(cluster, 0).ShouldHaveSingleItem();
        IsReady(cluster, 0).ShouldBeFalse();

        // The cache is still at the first state; an equal registration is one read, and no write.
        cluster.Cluster.Requests.Clear();
        (await RegisterAsync(replica, caller, 8080)).Value.Items[0].Created.ShouldBeFalse();
        CallsOf(cluster)[^1].ShouldBe("GET 200");
        CallsOf(cluster).ShouldNotContain("PATCH 200");
    }

    [Fact]
    public async Task APodReplacedSinceTheCacheSawItIsGoneAndNothingIsWritten()
    {
        await using var cluster = await StartAsync(1);
        await using var replica = await new LiveReplica(cluster.Cluster, "stalled", TimeSpan.Zero).SyncedAsync();
        var caller = Caller(cluster, 0);
        cluster.Cluster.Faults.StallWatches(static request => request.UserAgent.Contains("stalled", StringComparison.Ordinal));
        cluster.Remove(ResourceKinds.Pods, "pod-0");
        AddPod(cluster, 0);
        cluster.Cluster.Requests.Clear();

        (await RegisterAsync(replica, caller, 8080)).Refusal!.Code.ShouldBe(RefusalCodes.PodGone);
        CallsOf(cluster).ShouldBe(["PATCH 409", "GET 200"]);
        OwnKeys(cluster, 0).ShouldBeEmpty();
    }

    [Fact]
    public async Task PodsThatRegisterWhileTheyTurnReadyAllRegisterWithoutOverloadingTheApiServer()
    {
        await using var cluster = await StartAsync(Starting, isReady: false);
        await using var replica = await new LiveReplica(cluster.Cluster, "one").SyncedAsync();
        var callers = Enumerable.Range(0, Starting).Select(i => Caller(cluster, i)).ToList();
        cluster.Cluster.Requests.Clear();

        await Parallel.ForAsync(0, Starting, new ParallelOptions { MaxDegreeOfParallelism = 64, CancellationToken = Cancel }, async (i, _) =>
        {
            var kubelet = Task.Run(() => cluster.Cluster.Player.SetReady("shop", "pod-" + i, true), Cancel);
            (await RegisterAsync(replica, callers[i], 8080)).Value.Items[0].Created.ShouldBeTrue();
            await kubelet;
        });

        var calls = CallsOf(cluster).CountBy(static call => call).ToDictionary();
        output.WriteLine(string.Join(", ", calls.Select(static call => $"{call.Value} x {call.Key}")));
        calls.GetValueOrDefault("PATCH 200").ShouldBe(Starting);
        calls.GetValueOrDefault("GET 200").ShouldBe(calls.GetValueOrDefault("PATCH 409"));
        calls.Keys.ShouldBeSubsetOf(["PATCH 200", "PATCH 409", "GET 200"]);
        for (var i = 0; i < Starting; i++)
            (OwnKeys(cluster, i).Count, IsReady(cluster, i)).ShouldBe((1, true));
    }

    private static Task<Result<Gateway.Core.Registration.RegistrationOutcome>> RegisterAsync(LiveReplica replica, PodCaller caller, int port) =>
        replica.Service.RegisterAsync(caller, [WritingWorld.Request(port: port)], Cancel).Within();

    private static async Task<SmallCluster> StartAsync(int pods, bool isReady = true)
    {
        var cluster = await SmallCluster.StartAsync();
        for (var i = 0; i < pods; i++)
            AddPod(cluster, i, isReady);
        await cluster.SettleAsync();
        return cluster;
    }

    private static void AddPod(SmallCluster cluster, int i, bool isReady = true)
    {
        cluster.Create(ResourceKinds.Pods, $$$"""{"metadata":{"name":"pod-{{{i}}}","namespace":"shop"},"spec":{"containers":[{"name":"app","image":"x"}]}}""");
        cluster.Cluster.Player.Run("shop", $"pod-{i}", "node-1", new IPAddress([10, 1, (byte)(i / 250), (byte)(i % 250 + 1)]));
        if (!isReady)
            cluster.Cluster.Player.SetReady("shop", $"pod-{i}", false);
    }

    private static PodCaller Caller(SmallCluster cluster, int i) => new(
        "shop", $"pod-{i}", (string)cluster.Cluster.Storage.Get(ResourceKinds.Pods, "shop", $"pod-{i}")!.Content["metadata"]!["uid"]!,
        IdentityProof.Token, KubernetesUser.OfServiceAccount("shop", "default"), null);

    /// <summary>Reads and writes of single pods, in the order of their arrival.</summary>
    private static List<string> CallsOf(SmallCluster cluster) =>
    [
        .. cluster.Cluster.Requests.Recent.Where(static logged => logged.Path.Contains("/pods/pod-", StringComparison.Ordinal))
            .Select(static logged => $"{logged.Method} {logged.Status}"),
    ];

    private static JsonNode Content(SmallCluster cluster, int i) => cluster.Cluster.Storage.Get(ResourceKinds.Pods, "shop", $"pod-{i}")!.Content;

    private static IReadOnlyCollection<string> OwnKeys(SmallCluster cluster, int i) =>
        [.. (Content(cluster, i)["metadata"]!["annotations"] as JsonObject ?? [])
            .Select(static entry => entry.Key).Where(static key => key.StartsWith("registry-gateway.io/", StringComparison.Ordinal))];

    private static bool IsReady(SmallCluster cluster, int i) =>
        Content(cluster, i)["status"]!["conditions"]!.AsArray().Any(static one => (string?)one!["type"] == "Ready" && (string?)one["status"] == "True");
}
