using Gateway.Core.Supervision;

namespace Gateway.Core.Leases;

/// <summary>
/// The leases of a single replica, in this process's memory: after a start, everyone begins a full ttl anew. Any thread renews; one timer for
/// all of them finds those that lapsed. A renewal only moves a deadline; the queue of the timer is put right when the old deadline comes up.
/// </summary>
public sealed class MemoryLeaseStore : ILeaseStore, IDisposable
{
    // Leases that lapse close together are told together.
    private static readonly TimeSpan Together = TimeSpan.FromMilliseconds(200);

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly Dictionary<string, Lease> _leases = new(StringComparer.Ordinal);
    private readonly PriorityQueue<Lease, DateTimeOffset> _deadlines = new();
    private readonly ITimer _timer;
    private DateTimeOffset _wakeAt = DateTimeOffset.MaxValue;
    private bool _isFrozen;

    // Lapsed and not told yet; the timer's thread alone reads and writes it.
    private readonly List<string> _untold = [];

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

    public ValueTask RenewAsync(string id, TimeSpan ttl, CancellationToken cancellationToken)
    {
        bool cameBack;
        lock (_gate)
        {
            if (!_leases.TryGetValue(id, out var lease))
                lease = _leases[id] = new Lease(id);
            cameBack = lease.LapsedAt is not null;
            ExtendLocked(lease, ttl);
        }

        if (cameBack)
            Changed?.Invoke([id]);
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
        // Its entry in the queue finds nothing when it comes up.
        lock (_gate)
            _leases.Remove(id);
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
            var now = _time.GetUtcNow();
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

    private void ExtendLocked(Lease lease, TimeSpan ttl)
    {
        lease.LapsedAt = null;
        lease.Ttl = ttl;
        lease.Deadline = _time.GetUtcNow() + ttl;

        // An entry that comes up no later than the deadline looks again by itself.
        if (lease.QueuedAt is not { } queued || queued > lease.Deadline)
            EnqueueLocked(lease);
    }

    private void EnqueueLocked(Lease lease)
    {
        lease.QueuedAt = lease.Deadline;
        _deadlines.Enqueue(lease, lease.Deadline);
        if (lease.Deadline < _wakeAt)
            WakeLocked(lease.Deadline);
    }

    private void WakeLocked(DateTimeOffset at)
    {
        _wakeAt = at;
        var wait = at - _time.GetUtcNow();
        _timer.Change(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private void Sweep()
    {
        lock (_gate)
        {
            if (_isFrozen)
                return;
            var now = _time.GetUtcNow();
            while (_deadlines.TryPeek(out var lease, out var queued) && queued <= now)
            {
                _deadlines.Dequeue();
                if (lease.QueuedAt == queued && _leases.GetValueOrDefault(lease.Id) == lease)
                    ComeUpLocked(lease, now);
            }

            _wakeAt = DateTimeOffset.MaxValue;
            if (_deadlines.TryPeek(out _, out var next))
                WakeLocked(next > now + Together ? next : now + Together);
        }

        if (_untold.Count == 0)
            return;

        // A telling that fails is repeated, with all that lapsed until then, when the timer is called again.
        Changed?.Invoke([.. _untold]);
        _untold.Clear();
    }

    private void ComeUpLocked(Lease lease, DateTimeOffset now)
    {
        lease.QueuedAt = null;
        if (lease.Deadline > now)
        {
            EnqueueLocked(lease);
            return;
        }

        lease.LapsedAt = lease.Deadline;
        _untold.Add(lease.Id);
    }

    private sealed class Lease(string id)
    {
        public string Id { get; } = id;

        public TimeSpan Ttl { get; set; }

        public DateTimeOffset Deadline { get; set; }

        /// <summary>The deadline under which it stands in the queue; older entries of it there are void.</summary>
        public DateTimeOffset? QueuedAt { get; set; }

        public DateTimeOffset? LapsedAt { get; set; }
    }
}
