using Gateway.Core.Diagnostics;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Connections;
using Gateway.Core.Kubernetes.Informers;
using Gateway.Core.Kubernetes.Models;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Conformance.Following;

/// <summary>A test's part of a plane, the product's client for it, and a cache that follows it once it is asked to.</summary>
internal sealed class FollowedPlane : IAsyncDisposable
{
    private readonly CancellationTokenSource _ending = new();
    private readonly SemaphoreSlim _changed = new(0);
    private readonly Task _watches;

    private FollowedPlane(TestCluster cluster, KubernetesOptions options, ReflectorOptions reflector)
    {
        Cluster = cluster;
        Api = new KubernetesApi(ClusterConnection.Open(options, TimeProvider.System, NullLogger.Instance), options, new GatewayMetrics());
        var informers = new ClusterInformers(Api, options, new GatewayMetrics(), NullLoggerFactory.Instance, reflectorOptions: reflector);
        Cache = informers.Cache;
        Cache.Changed += _ => _changed.Release();
        Cache.ConditionChanged += () => _changed.Release();
        _watches = Supervised.Loops().RunAsync(informers.Loops, _ending.Token);
    }

    public TestCluster Cluster { get; }

    public KubernetesApi Api { get; }

    public ClusterCache Cache { get; }

    public static FollowedPlane Open(TestCluster cluster, bool ownNamespaceOnly = false, EndpointsKind endpoints = EndpointsKind.EndpointSlices,
        string? podSelector = null, ReflectorOptions? reflector = null)
    {
        var options = new KubernetesOptions
        {
            Mode = KubernetesMode.Kubeconfig,
            Kubeconfig = cluster.Plane.Kubeconfig,
            Endpoints = endpoints,
            PodSelector = podSelector,
        };
        if (ownNamespaceOnly)
        {
            options.Namespaces.Add(cluster.Namespace);
        }

        return new FollowedPlane(cluster, options, reflector ?? new ReflectorOptions());
    }

    public Pod? Pod(string name) => Cache.FindPod(Cluster.Namespace, name);

    /// <summary>Waits until the cache is as told.</summary>
    public async Task UntilAsync(Func<bool> holds)
    {
        while (!holds())
        {
            (await _changed.WaitAsync(Patience.Limit, TestContext.Current.CancellationToken)).ShouldBeTrue("the cache never came to it");
        }
    }

    public Task SyncedAsync() => UntilAsync(() => Cache.HasSynced);

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        try
        {
            await _watches;
        }
        catch (OperationCanceledException)
        {
            // It follows until it is told to stop.
        }

        Api.Dispose();
        _changed.Dispose();
        _ending.Dispose();
    }
}
