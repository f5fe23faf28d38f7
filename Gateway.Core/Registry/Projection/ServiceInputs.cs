using System.Collections.Immutable;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Dubbo.Metadata;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Origins;

namespace Gateway.Core.Registry.Projection;

/// <summary>Everything that determines one service, except leases and POSTs.</summary>
internal sealed record ServiceInputs
{
    public required ServiceKey Key { get; init; }

    /// <summary>The Kubernetes Service of the same name.</summary>
    public Service? Service { get; init; }

    /// <summary>The slices of that Service, in an order that is the same on every replica.</summary>
    public IReadOnlyList<EndpointSlice> Slices { get; init; } = [];

    /// <summary>The pods with a record that names the service; found as they are read, so only until the next change.</summary>
    public IReadOnlyCollection<PodEntry> Pods { get; init; } = [];

    /// <summary>Nothing but these pods and their endpoints has changed since the last projection; null: anything may have.</summary>
    public IReadOnlySet<ObjectKey>? TouchedPods { get; init; }

    /// <summary>Services and applications that also provide its instances, in an order that is the same on every replica.</summary>
    public IReadOnlyList<ServiceOrigin> Origins { get; init; } = [];

    /// <summary>Whether the Service's selector says which pods may have its name.</summary>
    public bool ReservesName { get; init; }

    /// <summary>Whether this pod (null: an endpoint without a pod) may not have the name.</summary>
    public bool IsReservedFor(Pod? pod) => ReservesName && ReservedNames.IsReserved(Service, pod);

    /// <summary>Every pod of the namespace is watched: one that is not found does not exist.</summary>
    public bool WatchesEveryPod { get; init; }

    /// <summary>Endpoints are instances; else they only tell the readiness of others.</summary>
    public bool ListsEndpoints { get; init; } = true;

    /// <summary>Finds any watched pod.</summary>
    public required Func<ObjectKey, PodEntry?> FindPod { get; init; }

    /// <summary>The zone of a node; null where it is unknown.</summary>
    public required Func<string, string?> ZoneOf { get; init; }
}

/// <summary>A Kubernetes Service, or an application, that provides instances of another service.</summary>
internal sealed record ServiceOrigin
{
    /// <summary>What its own instances are projected from; without origins of its own.</summary>
    public required ServiceInputs Inputs { get; init; }

    public ServiceKey Key => Inputs.Key;

    /// <summary>The Kubernetes Service of that name.</summary>
    public Service? Service => Inputs.Service;

    public IReadOnlyList<EndpointSlice> Slices => Inputs.Slices;

    /// <summary>The interfaces that name mapping gives to its endpoints; empty: none.</summary>
    public ImmutableArray<MappedName> Names { get; init; } = [];

    /// <summary>Registrations under its name belong to the application that this is the origin of.</summary>
    public bool IsOfApplication { get; init; }

    /// <summary>The stored metadata of the application; null: none.</summary>
    public ApplicationFacts? Facts { get; init; }
}
