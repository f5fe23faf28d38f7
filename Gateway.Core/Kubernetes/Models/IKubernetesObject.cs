namespace Gateway.Core.Kubernetes.Models;

/// <summary>An object of the API server, with only the fields that the gateway uses.</summary>
public interface IKubernetesObject
{
    ObjectMeta Metadata { get; }
}
