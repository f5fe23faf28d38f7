using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Mapping;

namespace Gateway.Core.Registry;

/// <summary>All that decides what one service looks like, leases and POSTs aside.</summary>
internal sealed record ServiceInputs
{
    public required ServiceKey Key { get; init; }

    /// <summary>The Kubernetes Service of that very name.</summary>
    public Service? Service { get; init; }

    /// <summary>The slices that name it, in an order that is the same on every replica.</summary>
    public IReadOnlyList<EndpointSlice> Slices { get; init; } = [];

    /// <summary>The pods with a record that names it.</summary>
    public IReadOnlyCollection<PodEntry> Pods { get; init; } = [];

    /// <summary>Services and applications from which it is answered too, in an order that is the same on every replica.</summary>
    public IReadOnlyList<ServiceOrigin> Origins { get; init; } = [];

    /// <summary>Any pod that is watched.</summary>
    public required Func<ObjectKey, PodEntry?> FindPod { get; init; }

    /// <summary>The zone of a node; null where it is unknown.</summary>
    public required Func<string, string?> ZoneOf { get; init; }
}
