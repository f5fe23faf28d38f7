namespace Gateway.Core.Kubernetes.Models;

/// <summary>A namespace (core/v1): name, labels and annotations only.</summary>
public sealed record Namespace : IKubernetesObject
{
    public required ObjectMeta Metadata { get; init; }
}
