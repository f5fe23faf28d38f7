namespace Gateway.Core.Leases;

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
