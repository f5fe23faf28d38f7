using System.Collections.Immutable;

namespace Gateway.Core.Kubernetes.Models;

/// <summary>
/// An EndpointSlice (discovery.k8s.io/v1) with the fields that the gateway uses. An Endpoints object (core/v1) is decoded into the same
/// shape: one of these per subset, see <see cref="Endpoints"/>.
/// </summary>
public sealed record EndpointSlice : IKubernetesObject
{
    /// <summary>The label with the name of the slice's Service; a slice without it belongs to no Service.</summary>
    public const string ServiceNameLabel = "kubernetes.io/service-name";

    public required ObjectMeta Metadata { get; init; }

    /// <summary>IPv4, IPv6 or FQDN.</summary>
    public string AddressType { get; init; } = "IPv4";

    public ImmutableArray<Endpoint> Endpoints { get; init; } = [];
    public ImmutableArray<EndpointPort> Ports { get; init; } = [];

    public string? ServiceName => Metadata.Labels.TryGetValue(ServiceNameLabel, out var name) && name.Length > 0 ? name : null;
}
