using System.Collections.Immutable;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Leases;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Projection;

namespace Gateway.Core.Registry.Explain;

/// <summary>What is asked, and everything from which it is answered. Immutable; made for one request.</summary>
public sealed record ExplainQuestion
{
    public required RegistrySnapshot Snapshot { get; init; }
    public required ServiceKey Key { get; init; }

    /// <summary>The name of one pod; null: all of the service.</summary>
    public string? Pod { get; init; }

    public LookupFilter Filter { get; init; } = LookupFilter.Default;

    /// <summary>The Kubernetes Service of that name.</summary>
    public Service? Service { get; init; }

    public ImmutableArray<EndpointSlice> Slices { get; init; } = [];

    /// <summary>Whether the gateway watches the namespace.</summary>
    public bool IsWatched { get; init; } = true;

    /// <summary>Every pod of the namespace is watched: there is no pod selector.</summary>
    public bool WatchesEveryPod { get; init; } = true;

    /// <summary>Endpoints are listed as instances (<c>Registry:Formats</c>).</summary>
    public bool ListsEndpoints { get; init; } = true;

    /// <summary>
    /// The caller may read the namespace: containers, selectors, and the keys and positions of records are named. Otherwise the answer shows what lookups show,
    /// and how each check ended.
    /// </summary>
    public bool ShowsDetails { get; init; }

    public required ILeaseStore Leases { get; init; }
    public required IPostLog Posts { get; init; }
}
