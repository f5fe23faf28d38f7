using System.Collections.Immutable;
using Gateway.Core.Applications;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Registry.Mapping;

/// <summary>A Kubernetes Service, or an application, that provides instances of another service.</summary>
internal sealed record ServiceOrigin
{
    public required ServiceKey Key { get; init; }

    /// <summary>The Kubernetes Service of that name.</summary>
    public Service? Service { get; init; }

    public IReadOnlyList<EndpointSlice> Slices { get; init; } = [];

    /// <summary>The interfaces that name mapping gives to its endpoints; empty: none.</summary>
    public ImmutableArray<MappedName> Names { get; init; } = [];

    /// <summary>Registrations under its name belong to the application that this is the origin of.</summary>
    public bool IsOfApplication { get; init; }

    /// <summary>The stored metadata of the application; null: none.</summary>
    public ApplicationFacts? Facts { get; init; }
}
