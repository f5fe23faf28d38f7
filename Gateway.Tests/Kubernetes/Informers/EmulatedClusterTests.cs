using System.Text.Json.Nodes;
using Gateway.Core.Diagnostics;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Connections;
using Gateway.Core.Kubernetes.Informers;
using Gateway.Emulator;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Kubernetes.Informers;

/// <summary>The whole of the informers against the emulated API server, in real time.</summary>
public sealed class EmulatedClusterTests
{
    private static readonly ReflectorOptions Quick = new() { FirstBackoff = TimeSpan.FromMilliseconds(20), LongestBackoff = TimeSpan.FromMilliseconds(80) };

    [Theory]
    [InlineData(true, EndpointsKind.EndpointSlices)]
    [InlineData(false, EndpointsKind.EndpointSlices)]
    [InlineData(false, EndpointsKind.Endpoints)]
    public async Task TheDemoClusterIsCopiedAndFollowed(bool watchList, EndpointsKind endpoints)
    {
        await using var cluster = await StartAsync(watchList);
        await using var copy = new Copy(cluster, new KubernetesOptions { Endpoints = endpoints });
        await copy.UntilAsync(cache => cache.HasSynced);
        var cache = copy.Cache;
        cache.IsLost.ShouldBeFalse();
        cache.PodScopes[0].Store.Count.ShouldBe(cluster.Storage.List(ResourceKinds("Pod")).Count);
        cache.Nodes!.Store.All.ShouldAllBe(static node => node.Zone != null);
        (endpoints == EndpointsKind.Endpoints ? cache.EndpointsScopes[0].Store.Count : cache.SliceScopes[0].Store.Count).ShouldBePositive();

        cluster.Apply(NewPod("newcomer"));
        await copy.UntilAsync(static cache => cache.FindPod("default", "newcomer") is not null);
    }

    [Fact]
    public async Task CutGarbledSplitAndForgottenItStillFollows()
    {
        await using var cluster = await StartAsync(watchList: false);
        await using var copy = new Copy(cluster, new KubernetesOptions());
        await copy.UntilAsync(static cache => cache.HasSynced);

        cluster.Faults.SplitBytes(7);
        cluster.Apply(NewPod("split"));
        await copy.UntilAsync(static cache => cache.FindPod("default", "split") is not null);
        cluster.Faults.SplitBytes(0);

        cluster.Faults.GarbleNextEvent();
        cluster.Apply(NewPod("garbled"));
        await copy.UntilAsync(static cache => cache.FindPod("default", "garbled") is not null);

        cluster.Faults.RefuseConnections();
        await copy.UntilAsync(static cache => cache.IsLost);
        cluster.Apply(NewPod("meanwhile"));
        cluster.Faults.ForgetHistory();
        cluster.Faults.AcceptConnections();
        await copy.UntilAsync(static cache => !cache.IsLost && cache.FindPod("default", "meanwhile") is not null);
    }

    private static Task<EmulatedCluster> StartAsync(bool watchList) =>
        EmulatedCluster.StartAsync(new EmulatorOptions { Url = "http://127.0.0.1:0", WatchList = watchList });

    private static Gateway.Emulator.Storage.ResourceKind ResourceKinds(string kind) =>
        Gateway.Emulator.Storage.ResourceKinds.All.First(candidate => candidate.Kind == kind && candidate.ApiVersion == "v1");

    private static JsonObject NewPod(string name) => JsonNode.Parse(
        $$$"""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"{{{name}}}","namespace":"default"},"spec":{"containers":[{"name":"app","image":"x"}]}}""")!
        .AsObject();

    /// <summary>A cluster cache at work.</summary>
    private sealed class Copy : IAsyncDisposable
    {
        private readonly CancellationTokenSource _ending = new();
        private readonly GatewayMetrics _metrics = new();
        private readonly KubernetesApi _api;
        private readonly Task _running;
        private readonly SemaphoreSlim _changed = new(0);

        public Copy(EmulatedCluster cluster, KubernetesOptions options)
        {
            _api = new(new ClusterConnection { BaseAddress = cluster.Url, NeverUsesProxy = true }, options, _metrics);
            var informers = new ClusterInformers(_api, options, _metrics, NullLoggerFactory.Instance, null, Quick);
            Cache = informers.Cache;
            Cache.Changed += _ => _changed.Release();
            Cache.ConditionChanged += () => _changed.Release();
            _running = Supervised.Loops(metrics: _metrics).RunAsync(informers.Loops, _ending.Token);
        }

        public ClusterCache Cache { get; }

        public async Task UntilAsync(Func<ClusterCache, bool> wanted)
        {
            while (!wanted(Cache))
                (await _changed.WaitAsync(Patience.Limit)).ShouldBeTrue("nothing changed any more");
        }

        public async ValueTask DisposeAsync()
        {
            await _ending.CancelAsync();
            await _running.Within();
            _api.Dispose();
            _metrics.Dispose();
            _ending.Dispose();
        }
    }
}
