using System.Collections.Immutable;
using Gateway.Core.Diagnostics;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Connections;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Supervision;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.Kubernetes.Informers;

/// <summary>Creates the cluster cache and its reflectors: one per kind and scope.</summary>
public sealed class ClusterInformers
{
    // Replicas of a rollout start within seconds of each other.
    private static readonly TimeSpan InClusterStagger = TimeSpan.FromSeconds(2);

    private readonly KubernetesApi _api;
    private readonly ReflectorOptions _options;
    private readonly TimeProvider _time;
    private readonly GatewayMetrics _metrics;
    private readonly ILogger _logger;
    private readonly StoreEpoch _epoch = new();
    private readonly Outage _outage = new();
    private readonly List<BackgroundLoop> _loops = [];
    private readonly WatchdogPace _pace;
    private readonly List<ICacheComparison> _comparisons = [];

    public ClusterInformers(KubernetesApi api, KubernetesOptions options, GatewayMetrics metrics, ILoggerFactory loggers,
        TimeProvider? time = null, ReflectorOptions? reflectorOptions = null)
    {
        (_api, _metrics, _time) = (api, metrics, time ?? TimeProvider.System);
        _logger = loggers.CreateLogger<ClusterInformers>();
        _options = reflectorOptions ?? new()
        {
            Stagger = options.Mode == KubernetesMode.InCluster ? InClusterStagger : TimeSpan.Zero,
        };

        _pace = new(_options.WatchdogPause, _time);
        var layout = new ScopeLayout(options.Namespaces);
        var selector = string.IsNullOrWhiteSpace(options.PodSelector) ? null : options.PodSelector;
        var usesSlices = options.Endpoints == EndpointsKind.EndpointSlices;
        Cache = new(
            layout,
            FollowScopes(ResourceTypes.Pods, layout, ClusterCache.NewPodStore, selector),
            FollowScopes(ResourceTypes.Services, layout, static () => new ObjectStore<Service>()),
            usesSlices ? FollowScopes(ResourceTypes.EndpointSlices, layout, ClusterCache.NewSliceStore) : [],
            usesSlices ? [] : FollowScopes(ResourceTypes.Endpoints, layout, static () => new ObjectStore<Endpoints>()),
            Follow(ResourceTypes.Nodes, new("", IsOptional: true), new ObjectStore<Node>()),
            Follow(ResourceTypes.Namespaces, new("", IsOptional: true), new ObjectStore<Namespace>()));
        if (options.WatchdogInterval > TimeSpan.Zero)
            Watchdog = new CacheWatchdog(_comparisons, options.WatchdogInterval, _options.Jitter, _time);
    }

    public ClusterCache Cache { get; }

    /// <summary>One loop per kind and scope; the loops of a kind share its name.</summary>
    public IReadOnlyList<BackgroundLoop> Loops => _loops;

    /// <summary>Compares the cache with the API server; null when that is switched off.</summary>
    public CacheWatchdog? Watchdog { get; }

    private ImmutableArray<Informer<T>> FollowScopes<T>(ResourceType<T> type, ScopeLayout layout, Func<ObjectStore<T>> newStore,
        string? selector = null)
        where T : class, IKubernetesObject =>
        [.. layout.Namespaces.Select(ns => Follow(type, new(ns, selector), newStore()))];

    private Informer<T> Follow<T>(ResourceType<T> type, Scope scope, ObjectStore<T> store)
        where T : class, IKubernetesObject
    {
        var informer = new Informer<T>(scope.Namespace, store);
        var context = new InformerContext<T>
        {
            Api = _api,
            Type = type,
            Scope = scope,
            Informer = informer,
            Epoch = new(_epoch),
            Outage = scope.IsOptional ? new() : _outage,
            Options = _options,
            Time = _time,
            Metrics = _metrics,
            Logger = _logger,
        };
        _loops.Add(new($"informer-{type.Plural}", new Reflector<T>(context).RunAsync));
        _comparisons.Add(new CacheComparison<T>(context, _pace));
        return informer;
    }
}
