using System.Collections.Immutable;

namespace Gateway.Core.Kubernetes.Models;

/// <summary>
/// An EndpointSlice (discovery.k8s.io/v1) as the gateway keeps it. An Endpoints object (core/v1) is read into the same shape: one of these
/// per subset, see <see cref="Endpoints"/>.
/// </summary>
public sealed record EndpointSlice : IKubernetesObject
{
    /// <summary>The label that names the Service a slice belongs to; a slice without it belongs to none.</summary>
    public const string ServiceNameLabel = "kubernetes.io/service-name";

    public required ObjectMeta Metadata { get; init; }

    /// <summary>IPv4, IPv6 or FQDN.</summary>
    public string AddressType { get; init; } = "IPv4";

    public ImmutableArray<Endpoint> Endpoints { get; init; } = [];
    public ImmutableArray<EndpointPort> Ports { get; init; } = [];

    public string? ServiceName => Metadata.Labels.TryGetValue(ServiceNameLabel, out var name) && name.Length > 0 ? name : null;
}
