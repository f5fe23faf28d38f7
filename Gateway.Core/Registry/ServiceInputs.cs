using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Mapping;

namespace Gateway.Core.Registry;

/// <summary>Everything that determines one service, except leases and POSTs.</summary>
internal sealed record ServiceInputs
{
    public required ServiceKey Key { get; init; }

    /// <summary>The Kubernetes Service of the same name.</summary>
    public Service? Service { get; init; }

    /// <summary>The slices of that Service, in an order that is the same on every replica.</summary>
    public IReadOnlyList<EndpointSlice> Slices { get; init; } = [];

    /// <summary>The pods with a record that names the service.</summary>
    public IReadOnlyCollection<PodEntry> Pods { get; init; } = [];

    /// <summary>Services and applications that also provide its instances, in an order that is the same on every replica.</summary>
    public IReadOnlyList<ServiceOrigin> Origins { get; init; } = [];

    /// <summary>Finds any watched pod.</summary>
    public required Func<ObjectKey, PodEntry?> FindPod { get; init; }

    /// <summary>The zone of a node; null where it is unknown.</summary>
    public required Func<string, string?> ZoneOf { get; init; }
}
