namespace Gateway.Core.Kubernetes.Models;

/// <summary>
/// One run of a container as the kubelet last reported it. <paramref name="StartedAt"/> is null while the container is not running.
/// </summary>
public sealed record ContainerStatus(string Name, int RestartCount, DateTimeOffset? StartedAt);
