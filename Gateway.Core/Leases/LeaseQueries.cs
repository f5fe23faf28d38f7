using System.Diagnostics.CodeAnalysis;

namespace Gateway.Core.Leases;

/// <summary>
/// Which leases are to be queried, and when: an entry of the queue for each, and a second one only where a lease is due earlier than was planned.
/// Read and written by the store, under its lock.
/// </summary>
internal sealed class LeaseQueries(IReadOnlyDictionary<string, SharedLease> leases)
{
    // More entries wait than twice the leases and this: most are of leases that were removed. They would be ignored, but only once they are due and
    // Redis was available for a while.
    private const int Few = 1_000;

    private readonly PriorityQueue<SharedLease, DateTimeOffset> _queue = new();

    /// <summary>Those of removed leases included.</summary>
    public int Count => _queue.Count;

    /// <summary>Plans the next query of a lease. A later one than is planned takes no entry: <see cref="TryTake"/> finds that the lease is not due yet.</summary>
    public void Plan(SharedLease lease, DateTimeOffset at)
    {
        lease.AskAt = at;
        if (lease.QueuedAt is { } queued && queued <= at)
            return;
        lease.QueuedAt = at;
        _queue.Enqueue(lease, at);
        if (_queue.Count > Few + (2 * leases.Count))
            DropOld();
    }

    /// <summary>The next lease that is due; false: none is.</summary>
    public bool TryTake(DateTimeOffset now, [MaybeNullWhen(false)] out SharedLease due)
    {
        while (_queue.TryPeek(out due, out var at) && at <= now)
        {
            _queue.Dequeue();
            if (due.QueuedAt != at)
                continue;
            due.QueuedAt = null;
            if (leases.GetValueOrDefault(due.Id) != due || due.LapsedAt is not null)
                continue;
            if (due.AskAt <= now)
                return true;
            Plan(due, due.AskAt);
        }

        return false;
    }

    private void DropOld()
    {
        _queue.Clear();
        foreach (var lease in leases.Values)
        {
            if (lease.QueuedAt is { } at)
                _queue.Enqueue(lease, at);
        }
    }
}
