namespace Gateway.Core.Kubernetes.Models;

/// <summary>status.phase of a pod (core/v1).</summary>
public enum PodPhase
{
    Unknown,
    Pending,
    Running,
    Succeeded,
    Failed,
}
