using Gateway.Core.Leases;

namespace Gateway.Tests.Registry;

/// <summary>Leases that throw when the projection asks for one of the poisoned records, each time: as a bug that one object triggers.</summary>
internal sealed class PoisonedLeases(ILeaseStore leases, IReadOnlySet<string> poisoned) : ILeaseStore
{
    public event Action<IReadOnlyCollection<string>>? Changed
    {
        add => leases.Changed += value;
        remove => leases.Changed -= value;
    }

    public LeaseState StateOf(string id) => poisoned.Contains(id) ? throw new InvalidOperationException("poisoned") : leases.StateOf(id);

    public ValueTask RenewAsync(string id, TimeSpan ttl, CancellationToken cancellationToken) => leases.RenewAsync(id, ttl, cancellationToken);

    public ValueTask RenewAsync(IReadOnlyList<LeaseRenewal> renewals, CancellationToken cancellationToken) => leases.RenewAsync(renewals, cancellationToken);

    public void Expect(string id, TimeSpan ttl) => leases.Expect(id, ttl);

    public void Forget(string id) => leases.Forget(id);

    public void Sweep(IReadOnlySet<string> living, DateTimeOffset lapsedBefore) => leases.Sweep(living, lapsedBefore);

    public ValueTask<bool> ConfirmLapsedAsync(string id) => leases.ConfirmLapsedAsync(id);

    public void Freeze(bool isFrozen) => leases.Freeze(isFrozen);
}
