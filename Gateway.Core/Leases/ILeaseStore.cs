namespace Gateway.Core.Leases;

/// <summary>
/// Heartbeat leases by registration id. Unknown means alive: whoever is first seen gets a full ttl from then on. Heartbeats come from any
/// thread; the projector begins, reads, freezes and forgets leases.
/// </summary>
public interface ILeaseStore
{
    /// <summary>A heartbeat or a POST: alive for a full ttl from now on. Completes when it is kept.</summary>
    ValueTask RenewAsync(string id, TimeSpan ttl, CancellationToken cancellationToken);

    /// <summary>A registration with this ttl exists: begins its lease if it has none.</summary>
    void Expect(string id, TimeSpan ttl);

    LeaseState StateOf(string id);

    /// <summary>The registration is gone.</summary>
    void Forget(string id);

    /// <summary>Whether it has lapsed by what is known to everyone at this very moment; false when that cannot be told.</summary>
    ValueTask<bool> ConfirmLapsedAsync(string id);

    /// <summary>
    /// Heartbeats can no longer be recognised, or can again; the projector says so. While they cannot, silence proves nothing and nothing lapses;
    /// afterwards every lease has a full ttl to be heard, and what had lapsed before has lapsed only now. Saying it twice changes nothing.
    /// </summary>
    void Freeze(bool isFrozen);

    /// <summary>Raised with the ids that lapsed or came back, on any thread, after <see cref="StateOf"/> says so; handlers only signal.</summary>
    event Action<IReadOnlyCollection<string>>? Changed;
}

/// <summary>A lease as its store knows it. <paramref name="LapsedAt"/>: since when no heartbeat is covering it; null while alive or unknown.</summary>
public readonly record struct LeaseState(bool IsKnown, DateTimeOffset? LapsedAt)
{
    public bool HasLapsed => LapsedAt is not null;
}

/// <summary>Leases switched off: everything is alive, no matter what ttl a record bears.</summary>
public sealed class NoLeases : ILeaseStore
{
    public event Action<IReadOnlyCollection<string>>? Changed
    {
        add { }
        remove { }
    }

    public ValueTask RenewAsync(string id, TimeSpan ttl, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public void Expect(string id, TimeSpan ttl)
    {
    }

    public LeaseState StateOf(string id) => default;

    public void Forget(string id)
    {
    }

    public void Freeze(bool isFrozen)
    {
    }

    public ValueTask<bool> ConfirmLapsedAsync(string id) => new(false);
}
