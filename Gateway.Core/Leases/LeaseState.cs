namespace Gateway.Core.Leases;

/// <summary>A lease as its store knows it. <paramref name="LapsedAt"/>: since when no heartbeat is covering it; null while alive or unknown.</summary>
public readonly record struct LeaseState(bool IsKnown, DateTimeOffset? LapsedAt)
{
    public bool HasLapsed => LapsedAt is not null;
}
