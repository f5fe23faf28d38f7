using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Kubernetes.Models.Decoding;

namespace Gateway.Core.Kubernetes.Client;

/// <summary>The kinds that the gateway reads.</summary>
public static class ResourceTypes
{
    public static ResourceType<Pod> Pods { get; } = new("", "v1", "pods", "Pod", PodDecoder.Read) { Unreadable = PodDecoder.Unreadable };

    public static ResourceType<Service> Services { get; } = new("", "v1", "services", "Service", ServiceDecoder.Read);

    public static ResourceType<EndpointSlice> EndpointSlices { get; } =
        new("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", EndpointSliceDecoder.Read);

    public static ResourceType<Endpoints> Endpoints { get; } = new("", "v1", "endpoints", "Endpoints", EndpointsDecoder.Read);

    public static ResourceType<Node> Nodes { get; } = new("", "v1", "nodes", "Node", NamedObjectDecoder.ReadNode) { IsMetadataOnly = true, IsClusterScoped = true };

    public static ResourceType<Namespace> Namespaces { get; } =
        new("", "v1", "namespaces", "Namespace", NamedObjectDecoder.ReadNamespace) { IsMetadataOnly = true, IsClusterScoped = true, HasLabelNames = true };

    public static ResourceType<CoordinationLease> Leases { get; } =
        new("coordination.k8s.io", "v1", "leases", "Lease", CoordinationLeaseDecoder.Read);
}
