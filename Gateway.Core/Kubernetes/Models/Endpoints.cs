using System.Collections.Immutable;

namespace Gateway.Core.Kubernetes.Models;

/// <summary>An Endpoints object (core/v1, deprecated since 1.33), decoded into one slice per subset and address family.</summary>
public sealed record Endpoints : IKubernetesObject
{
    public required ObjectMeta Metadata { get; init; }
    public ImmutableArray<EndpointSlice> Slices { get; init; } = [];
}
