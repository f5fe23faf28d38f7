namespace Gateway.Core.Kubernetes.Models;

/// <summary>An object of the API server as the gateway keeps it: only what is read, nothing else.</summary>
public interface IKubernetesObject
{
    ObjectMeta Metadata { get; }
}
