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
