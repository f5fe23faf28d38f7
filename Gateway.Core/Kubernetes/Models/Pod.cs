using System.Collections.Immutable;

namespace Gateway.Core.Kubernetes.Models;

/// <summary>A pod (core/v1) with the fields that the gateway uses.</summary>
public sealed record Pod : IKubernetesObject
{
    public required ObjectMeta Metadata { get; init; }
    public string? NodeName { get; init; }
    public bool HostNetwork { get; init; }
    public string ServiceAccountName { get; init; } = "default";

    /// <summary>Names of the containers in the order of the spec; native sidecars (init containers that restart always) follow.</summary>
    public ImmutableArray<string> Containers { get; init; } = [];

    public PodPhase Phase { get; init; }

    /// <summary>status.podIPs, or status.podIP if the list is missing; empty until the kubelet reports an address.</summary>
    public ImmutableArray<string> PodIPs { get; init; } = [];

    /// <summary>Whether the Ready condition is True.</summary>
    public bool Ready { get; init; }

    /// <summary>Containers and native sidecars.</summary>
    public ImmutableArray<ContainerStatus> ContainerStatuses { get; init; } = [];

    /// <summary>This object could not be decoded completely: only its metadata is known.</summary>
    public bool Unreadable { get; init; }

    public bool IsTerminating => Metadata.DeletionTimestamp is not null;
    public bool IsFinished => Phase is PodPhase.Failed or PodPhase.Succeeded;
}

/// <summary>status.phase of a pod (core/v1).</summary>
public enum PodPhase
{
    Unknown,
    Pending,
    Running,
    Succeeded,
    Failed,
}

/// <summary>
/// One run of a container as the kubelet last reported it. <paramref name="StartedAt"/> is null while the container is not running.
/// </summary>
public sealed record ContainerStatus(string Name, int RestartCount, DateTimeOffset? StartedAt);
