namespace Gateway.Core.Kubernetes.Client;

/// <summary>The kind from which the endpoints of a Service are read.</summary>
public enum EndpointsKind
{
    /// <summary>discovery.k8s.io/v1</summary>
    EndpointSlices,

    /// <summary>core/v1, deprecated since 1.33; for clusters whose slices are not kept.</summary>
    Endpoints,
}
