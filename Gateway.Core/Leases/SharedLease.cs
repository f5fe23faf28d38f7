namespace Gateway.Core.Leases;

/// <summary>One lease as this replica knows it; its store's lock guards it.</summary>
internal sealed class SharedLease(string id, TimeSpan ttl)
{
    public string Id { get; } = id;

    public TimeSpan Ttl { get; set; } = ttl;

    /// <summary>By Redis' clock, in milliseconds, as last read; 0: not read yet.</summary>
    public long Deadline { get; set; }

    /// <summary>By this process' clock: when to query Redis (again). When this has passed, Redis is queried; the lease has not lapsed by that alone.</summary>
    public DateTimeOffset AskAt { get; set; }

    /// <summary>Renewed here and not yet sent to Redis. It cannot lapse meanwhile.</summary>
    public bool IsRenewed { get; set; }

    /// <summary>The time of its valid entry in the queue of queries; its other entries there are ignored.</summary>
    public DateTimeOffset? QueuedAt { get; set; }

    /// <summary>By this process' clock.</summary>
    public DateTimeOffset? LapsedAt { get; set; }
}
