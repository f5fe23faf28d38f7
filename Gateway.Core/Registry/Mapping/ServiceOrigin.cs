using System.Collections.Immutable;
using Gateway.Core.Applications;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Registry.Mapping;

/// <summary>One Kubernetes Service, or application, from which another service is answered.</summary>
internal sealed record ServiceOrigin
{
    public required ServiceKey Key { get; init; }

    /// <summary>The Kubernetes Service of that name.</summary>
    public Service? Service { get; init; }

    public IReadOnlyList<EndpointSlice> Slices { get; init; } = [];

    /// <summary>As what name mapping gives its endpoints; none: it does not.</summary>
    public ImmutableArray<MappedName> Names { get; init; } = [];

    /// <summary>Registrations under its name say that they are of the application that this is asked for.</summary>
    public bool IsOfApplication { get; init; }

    /// <summary>What the application said; null: nothing.</summary>
    public ApplicationFacts? Facts { get; init; }
}
