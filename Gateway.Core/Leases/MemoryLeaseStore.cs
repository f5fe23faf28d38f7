using Gateway.Core.Supervision;
using Gateway.Core.Timing;

namespace Gateway.Core.Leases;

/// <summary>
/// The leases of a single replica, in this process's memory: after a start, every lease has a full ttl again. Any thread renews; one timer for
/// all of them finds those that lapsed. A renewal only moves a deadline; its entry in the timer's queue is corrected when the old deadline is due.
/// </summary>
public sealed class MemoryLeaseStore : ILeaseStore, IDisposable
{
    // Leases that lapse close together are reported together.
    private static readonly TimeSpan Together = TimeSpan.FromMilliseconds(200);

    // More deadlines are queued than twice the leases and this: most are of leases that were removed.
    private const int FewDeadlines = 1_000;

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly Dictionary<string, Lease> _leases = new(StringComparer.Ordinal);
    private readonly PriorityQueue<Lease, DateTimeOffset> _deadlines = new();
    private readonly ITimer _timer;
    private DateTimeOffset _wakeAt = DateTimeOffset.MaxValue;
    private bool _isFrozen;

    // Lapsed and not yet reported; the timer's thread alone reads and writes it.
    private readonly List<string> _unreported = [];

    public MemoryLeaseStore(LoopSupervisor loops, TimeProvider time)
    {
        _time = time;
        _timer = loops.CreateTimer("memory-leases", Sweep);
    }

    public event Action<IReadOnlyCollection<string>>? Changed;

    public int Count
    {
        get
        {
            lock (_gate)
                return _leases.Count;
        }
    }

    /// <summary>How many deadlines are queued, those of removed leases included.</summary>
    internal int Queued
    {
        get
        {
            lock (_gate)
                return _deadlines.Count;
        }
    }

    public ValueTask RenewAsync(string id, TimeSpan ttl, CancellationToken cancellationToken)
    {
        bool cameBack;
        lock (_gate)
            cameBack = RenewLocked(id, ttl);
        if (cameBack)
            Changed?.Invoke([id]);
        return ValueTask.CompletedTask;
    }

    public ValueTask RenewAsync(IReadOnlyList<LeaseRenewal> renewals, CancellationToken cancellationToken)
    {
        List<string>? cameBack = null;
        lock (_gate)
        {
            foreach (var (id, ttl) in renewals)
            {
                if (RenewLocked(id, ttl))
                    (cameBack ??= []).Add(id);
            }
        }

        if (cameBack is not null)
            Changed?.Invoke(cameBack);
        return ValueTask.CompletedTask;
    }

    public void Expect(string id, TimeSpan ttl)
    {
        lock (_gate)
        {
            if (!_leases.TryGetValue(id, out _))
                ExtendLocked(_leases[id] = new Lease(id), ttl);
        }
    }

    public LeaseState StateOf(string id)
    {
        lock (_gate)
            return _leases.TryGetValue(id, out var lease) ? new LeaseState(true, lease.LapsedAt) : default;
    }

    public void Forget(string id)
    {
        // Its entry in the queue is ignored when it is due.
        lock (_gate)
            _leases.Remove(id);
    }

    public void Sweep(IReadOnlySet<string> living, DateTimeOffset lapsedBefore)
    {
        lock (_gate)
        {
            foreach (var (id, lease) in _leases)
            {
                if (lease.LapsedAt < lapsedBefore && !living.Contains(id))
                    _leases.Remove(id);
            }
        }
    }

    public void Freeze(bool isFrozen)
    {
        lock (_gate)
        {
            if (_isFrozen == isFrozen)
                return;
            _isFrozen = isFrozen;
            if (isFrozen)
                return;
            var now = _time.GetSteadyNow();
            foreach (var lease in _leases.Values)
            {
                if (lease.LapsedAt is not null)
                    lease.LapsedAt = now;
                else
                    ExtendLocked(lease, lease.Ttl);
            }

            WakeLocked(now);
        }
    }

    public ValueTask<bool> ConfirmLapsedAsync(string id) => new(StateOf(id).HasLapsed);

    public void Dispose() => _timer.Dispose();

    /// <summary>True: it had lapsed.</summary>
    private bool RenewLocked(string id, TimeSpan ttl)
    {
        if (!_leases.TryGetValue(id, out var lease))
            lease = _leases[id] = new Lease(id);
        var cameBack = lease.LapsedAt is not null;
        ExtendLocked(lease, ttl);
        return cameBack;
    }

    private void ExtendLocked(Lease lease, TimeSpan ttl)
    {
        lease.LapsedAt = null;
        lease.Ttl = ttl;
        lease.Deadline = _time.GetSteadyNow() + ttl;

        // An entry that is due no later than the deadline is checked and queued again then.
        if (lease.QueuedAt is not { } queued || queued > lease.Deadline)
            EnqueueLocked(lease);
    }

    private void EnqueueLocked(Lease lease)
    {
        lease.QueuedAt = lease.Deadline;
        _deadlines.Enqueue(lease, lease.Deadline);
        if (_deadlines.Count > FewDeadlines + (2 * _leases.Count))
            DropOldDeadlinesLocked();
        if (lease.Deadline < _wakeAt)
            WakeLocked(lease.Deadline);
    }

    private void DropOldDeadlinesLocked()
    {
        _deadlines.Clear();
        foreach (var lease in _leases.Values)
        {
            if (lease.QueuedAt is { } at)
                _deadlines.Enqueue(lease, at);
        }
    }

    private void WakeLocked(DateTimeOffset at)
    {
        _wakeAt = at;
        var wait = at - _time.GetSteadyNow();
        _timer.Change(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private void Sweep()
    {
        lock (_gate)
        {
            if (_isFrozen)
                return;
            var now = _time.GetSteadyNow();
            while (_deadlines.TryPeek(out var lease, out var queued) && queued <= now)
            {
                _deadlines.Dequeue();
                if (lease.QueuedAt == queued && _leases.GetValueOrDefault(lease.Id) == lease)
                    CheckDueLocked(lease, now);
            }

            _wakeAt = DateTimeOffset.MaxValue;
            if (_deadlines.TryPeek(out _, out var next))
                WakeLocked(next > now + Together ? next : now + Together);
        }

        if (_unreported.Count == 0)
            return;

        // A report that fails is retried, with all that lapsed until then, when the timer is called again.
        Changed?.Invoke([.. _unreported]);
        _unreported.Clear();
    }

    private void CheckDueLocked(Lease lease, DateTimeOffset now)
    {
        lease.QueuedAt = null;
        if (lease.Deadline > now)
        {
            EnqueueLocked(lease);
            return;
        }

        lease.LapsedAt = lease.Deadline;
        _unreported.Add(lease.Id);
    }

    private sealed class Lease(string id)
    {
        public string Id { get; } = id;

        public TimeSpan Ttl { get; set; }

        public DateTimeOffset Deadline { get; set; }

        /// <summary>The deadline of its valid entry in the queue; its other entries there are ignored.</summary>
        public DateTimeOffset? QueuedAt { get; set; }

        public DateTimeOffset? LapsedAt { get; set; }
    }
}
