namespace Gateway.Core.Kubernetes.Models;

/// <summary>One run of a container as the kubelet last posted it. <paramref name="StartedAt"/> is null while it does not run.</summary>
public sealed record ContainerStatus(string Name, int RestartCount, DateTimeOffset? StartedAt);
