using Gateway.Core.Diagnostics;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Timing;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.Kubernetes.Informers;

/// <summary>What the parts of one reflector share: what is watched, where it is stored, and what they work with. Immutable.</summary>
internal sealed record InformerContext<T>
    where T : class, IKubernetesObject
{
    public required KubernetesApi Api { get; init; }
    public required ResourceType<T> Type { get; init; }
    public required Scope Scope { get; init; }
    public required Informer<T> Informer { get; init; }

    /// <summary>How often etcd was restored, as far as this reflector knows.</summary>
    public required FollowedEpoch Epoch { get; init; }

    /// <summary>Shared by the kinds without which answers are stale; the others have one of their own.</summary>
    public Outage Outage { get; init; } = new();

    /// <summary>Asks the reflector to list the kind from etcd, since its store differs from the API server. The watchdog sets it; the probe waits for it.</summary>
    public WakeSignal Repair { get; } = new();

    public required ReflectorOptions Options { get; init; }
    public required TimeProvider Time { get; init; }
    public required GatewayMetrics Metrics { get; init; }
    public required ILogger Logger { get; init; }

    public ObjectStore<T> Store => Informer.Store;

    /// <summary>The kind, as metrics name it.</summary>
    public KeyValuePair<string, object?> Resource => new("resource", Type.Plural);
}
