namespace Gateway.Core.Leases;

/// <summary>One lease as this replica knows it; its store's lock guards it.</summary>
internal sealed class SharedLease(string id, TimeSpan ttl)
{
    public string Id { get; } = id;

    public TimeSpan Ttl { get; set; } = ttl;

    /// <summary>By Redis' clock, in milliseconds, as last heard; 0: Redis was not asked yet.</summary>
    public long Deadline { get; set; }

    /// <summary>By this process' timestamps: when Redis is to be asked (again). A lease of which this is past is asked once, not judged.</summary>
    public DateTimeOffset AskAt { get; set; }

    /// <summary>Renewed here, and Redis has not been told. It cannot lapse meanwhile.</summary>
    public bool IsRenewed { get; set; }

    /// <summary>In the queue of those to be asked; older entries of it there are void.</summary>
    public DateTimeOffset? QueuedAt { get; set; }

    /// <summary>By this process' clock.</summary>
    public DateTimeOffset? LapsedAt { get; set; }
}
