namespace Gateway.Core.Leases;

/// <summary>
/// Heartbeat leases by registration id. An unknown lease counts as alive and gets a full ttl from when it is first seen. Heartbeats come from any
/// thread; the projector starts, reads, freezes and removes leases.
/// </summary>
public interface ILeaseStore
{
    /// <summary>
    /// A heartbeat: alive for a full ttl from now on, whatever the caller does after the call. Completes when the renewal is stored; cancelling ends
    /// only that wait.
    /// </summary>
    ValueTask RenewAsync(string id, TimeSpan ttl, CancellationToken cancellationToken);

    /// <summary>As above, for all registrations of a POST together.</summary>
    ValueTask RenewAsync(IReadOnlyList<LeaseRenewal> renewals, CancellationToken cancellationToken);

    /// <summary>A registration with this ttl exists: starts its lease if it has none.</summary>
    void Expect(string id, TimeSpan ttl);

    LeaseState StateOf(string id);

    /// <summary>The registration was removed.</summary>
    void Forget(string id);

    /// <summary>
    /// Removes leases that lapsed before <paramref name="lapsedBefore"/> and whose registrations do not exist: a renewal may come after the
    /// registration was removed. A store that keeps none has nothing to remove.
    /// </summary>
    void Sweep(IReadOnlySet<string> living, DateTimeOffset lapsedBefore)
    {
    }

    /// <summary>Whether it has lapsed by the shared state at this moment; false when that is unknown.</summary>
    ValueTask<bool> ConfirmLapsedAsync(string id);

    /// <summary>
    /// The projector calls this when callers can no longer be recognised, or can again. While they cannot, heartbeats may be missing, so no lease
    /// lapses; afterwards every lease has a full ttl again, and one that had lapsed before counts as lapsed only from now. Idempotent.
    /// </summary>
    void Freeze(bool isFrozen);

    /// <summary>Raised with the ids that lapsed or came back, on any thread, after <see cref="StateOf"/> says so; handlers only signal.</summary>
    event Action<IReadOnlyCollection<string>>? Changed;
}

/// <summary>The registration with this id is alive for that long.</summary>
public readonly record struct LeaseRenewal(string Id, TimeSpan Ttl);

/// <summary>A lease as its store knows it. <paramref name="LapsedAt"/>: since when no heartbeat covers it; null while alive or unknown.</summary>
public readonly record struct LeaseState(bool IsKnown, DateTimeOffset? LapsedAt)
{
    public bool HasLapsed => LapsedAt is not null;
}

/// <summary>Leases disabled: everything is alive, whatever ttl a record has.</summary>
public sealed class NoLeases : ILeaseStore
{
    public event Action<IReadOnlyCollection<string>>? Changed
    {
        add { }
        remove { }
    }

    public ValueTask RenewAsync(string id, TimeSpan ttl, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask RenewAsync(IReadOnlyList<LeaseRenewal> renewals, CancellationToken cancellationToken) => ValueTask.CompletedTask;

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
