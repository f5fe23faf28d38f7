namespace Gateway.Core.Kubernetes.Models;

/// <summary>
/// A Lease (coordination.k8s.io/v1): the leader, and until when. Not to be confused with the heartbeat leases of registrations.
/// </summary>
public sealed record CoordinationLease : IKubernetesObject
{
    public required ObjectMeta Metadata { get; init; }

    /// <summary>Null or "": the lease has no holder.</summary>
    public string? HolderIdentity { get; init; }

    public int? LeaseDurationSeconds { get; init; }
    public DateTimeOffset? AcquireTime { get; init; }
    public DateTimeOffset? RenewTime { get; init; }
    public int LeaseTransitions { get; init; }
}
