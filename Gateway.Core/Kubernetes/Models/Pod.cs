using System.Collections.Immutable;

namespace Gateway.Core.Kubernetes.Models;

/// <summary>A pod (core/v1) as the gateway keeps it.</summary>
public sealed record Pod : IKubernetesObject
{
    public required ObjectMeta Metadata { get; init; }
    public string? NodeName { get; init; }
    public bool HostNetwork { get; init; }
    public string ServiceAccountName { get; init; } = "default";

    /// <summary>Names of the containers in the order of the spec; native sidecars (init containers that restart always) follow.</summary>
    public ImmutableArray<string> Containers { get; init; } = [];

    public PodPhase Phase { get; init; }

    /// <summary>status.podIPs, or status.podIP alone where the list is missing; empty before the kubelet has posted it.</summary>
    public ImmutableArray<string> PodIPs { get; init; } = [];

    /// <summary>The Ready condition is True.</summary>
    public bool Ready { get; init; }

    /// <summary>Containers and native sidecars.</summary>
    public ImmutableArray<ContainerStatus> ContainerStatuses { get; init; } = [];

    /// <summary>This object could not be decoded whole: only its metadata is known (see the recovery rules).</summary>
    public bool Unreadable { get; init; }

    public bool IsTerminating => Metadata.DeletionTimestamp is not null;
    public bool IsFinished => Phase is PodPhase.Failed or PodPhase.Succeeded;
}
