using System.Collections.Immutable;
using Gateway.Core.Kubernetes.Informers;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Registry.Projecting;

/// <summary>The feeds that the projector applies, and whether their state is reliable. Slices or Endpoints, never both.</summary>
public sealed record RegistryFeeds
{
    public required ImmutableArray<ScopedFeed<Pod>> Pods { get; init; }
    public required ImmutableArray<ScopedFeed<Service>> Services { get; init; }
    public ImmutableArray<ScopedFeed<EndpointSlice>> Slices { get; init; } = [];
    public ImmutableArray<ScopedFeed<Endpoints>> Endpoints { get; init; } = [];

    /// <summary>Null, or never synced, where the gateway may not read nodes: zones then come from slices.</summary>
    public IChangeFeed<Node>? Nodes { get; init; }

    /// <summary>Whether the selectors of these Services say which pods may have their names.</summary>
    public bool ReservesNames { get; init; } = true;

    /// <summary>Whether every pod of the watched namespaces is watched: there is no pod selector.</summary>
    public bool WatchesEveryPod { get; init; } = true;

    /// <summary>Whether every kind was listed once (or was refused and is not needed).</summary>
    public Func<bool> HasSynced { get; init; } = static () => true;

    /// <summary>Whether the API server is lost.</summary>
    public Func<bool> IsLost { get; init; } = static () => false;

    /// <summary>
    /// The feeds of the cluster cache. Its events must also wake the projector, see <see cref="RegistryProjector.Wake"/>.
    /// </summary>
    public static RegistryFeeds Of(ClusterCache cache) => new()
    {
        Pods = Scoped(cache.PodScopes),
        Services = Scoped(cache.ServiceScopes),
        Slices = Scoped(cache.SliceScopes),
        Endpoints = Scoped(cache.EndpointsScopes),
        Nodes = cache.Nodes?.Store,
        HasSynced = () => cache.HasSynced,
        IsLost = () => cache.IsLost,
    };

    private static ImmutableArray<ScopedFeed<T>> Scoped<T>(ImmutableArray<Informer<T>> informers)
        where T : class, IKubernetesObject =>
        [.. informers.Select(static informer => new ScopedFeed<T>(informer.Namespace, informer.Store))];
}

/// <summary>The changes of one kind in one watched namespace; "" is the whole cluster.</summary>
public sealed record ScopedFeed<T>(string Namespace, IChangeFeed<T> Feed)
    where T : class, IKubernetesObject;
