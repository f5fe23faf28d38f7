namespace Gateway.Core.Kubernetes.Models;

/// <summary>A node (core/v1): names and labels only.</summary>
public sealed record Node : IKubernetesObject
{
    public required ObjectMeta Metadata { get; init; }

    public string? Zone => Metadata.Labels.TryGetValue("topology.kubernetes.io/zone", out var zone) ? zone : null;
}

/// <summary>A namespace (core/v1): name, labels and annotations only.</summary>
public sealed record Namespace : IKubernetesObject
{
    public required ObjectMeta Metadata { get; init; }
}
