using Gateway.Core.Diagnostics;
using Gateway.Core.Redis;
using Gateway.Core.Timing;

namespace Gateway.Core.Leases;

/// <summary>
/// Leases shared by all replicas through Redis. A loop of its own sends renewals and new leases, as soon as there are any, one call per batch: a
/// heartbeat waits for that batch, and for no other part of the exchange. Which deadlines have passed and which lapsed leases were revived is read
/// with each exchange. A lease lapses only when Redis says that its deadline has passed: while Redis is unavailable nothing lapses, and what was
/// renewed here is sent when it is back. Any thread renews; the loop and the exchange, one batch at a time, decide that a lease has lapsed.
/// </summary>
public sealed class RedisLeaseStore : ILeaseStore, IExchanged, IDisposable
{
    // More leases than this are sent in several calls, so that no call blocks Redis for long.
    private const int BatchSize = 1000;

    // What was removed and is not sent expires in Redis.
    private const int MaxGone = 100_000;

    // When Redis is back, every replica has this long to send its renewals before any replica checks which deadlines have passed.
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(5);

    // Heartbeats within this time share a call, unless enough wait: then waiting longer saves little of what a call costs.
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(5);
    private const int Enough = 8;

    // A mix of replicas is read once a second.
    private static readonly TimeSpan MixSeenAfter = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly RedisConnection _redis;
    private readonly ReplicaRoster? _roster;
    private readonly GatewayMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly TimeSpan _keep;
    private readonly Dictionary<string, SharedLease> _leases = new(StringComparer.Ordinal);
    private readonly LeaseQueries _queries;
    private readonly HashSet<SharedLease> _renewed = [];
    private readonly HashSet<SharedLease> _lapsed = [];
    private readonly Unsent<string, long> _gone;

    // Held while one batch is taken, sent and applied.
    private readonly SemaphoreSlim _turn = new(1);

    // Lapsed or revived, and not yet reported; read and written by turns alone.
    private readonly List<string> _unreported = [];
    private readonly WakeSignal _signal = new();
    private readonly WakeSignal _enough = new();
    private TaskCompletionSource _handedOver = NewHandedOver();
    private DateTimeOffset? _lostAt;
    private DateTimeOffset _judgesFrom;
    private bool _isFrozen;
    private DateTimeOffset _thawedAt;

    // Since when replicas of another protocol are live, which may have received heartbeats that this one cannot read.
    private DateTimeOffset? _mixedSince;

    // The mix is over, and Redis does not yet know that the deadlines since then are void.
    private DateTimeOffset? _voidSince;

    /// <param name="roster">Null: all replicas speak one protocol.</param>
    public RedisLeaseStore(RedisConnection redis, LeaseOptions options, GatewayMetrics metrics, TimeProvider time, ReplicaRoster? roster = null)
    {
        (_redis, _metrics, _time, _roster) = (redis, metrics, time, roster);
        _queries = new LeaseQueries(_leases);
        _gone = new(RedisStore.Leases, MaxGone, metrics, Math.Max);
        roster?.MixChanged += OnMixChanged;
        _keep = options.DeregisterAfter + TimeSpan.FromHours(1);
        redis.AvailabilityChanged += OnAvailabilityChanged;

        // It may have been read already.
        OnMixChanged();
    }

    public event Action<IReadOnlyCollection<string>>? Changed;

    /// <summary>How many queries wait in the queue, those of removed leases included.</summary>
    internal int Queries
    {
        get
        {
            lock (_gate)
                return _queries.Count;
        }
    }

    /// <summary>Not called: what is urgent is sent by the store's own loop.</summary>
    public Action? Wake { get; set; }

    public ValueTask RenewAsync(string id, TimeSpan ttl, CancellationToken cancellationToken) => RenewAsync([new(id, ttl)], cancellationToken);

    public async ValueTask RenewAsync(IReadOnlyList<LeaseRenewal> renewals, CancellationToken cancellationToken)
    {
        List<string>? cameBack = null;
        Task handedOver;
        bool isEnough;
        lock (_gate)
        {
            foreach (var (id, ttl) in renewals)
            {
                var lease = FindOrAddLocked(id, ttl);
                lease.Ttl = ttl;
                lease.IsRenewed = true;
                if (lease.LapsedAt is not null)
                    (cameBack ??= []).Add(id);
                lease.LapsedAt = null;
                _lapsed.Remove(lease);
                _renewed.Add(lease);
            }

            handedOver = _handedOver.Task;
            isEnough = _renewed.Count >= Enough;
        }

        if (cameBack is not null)
            Changed?.Invoke(cameBack);
        if (isEnough)
            _enough.Set();
        _signal.Set();
        if (_redis.IsAvailable)
            await handedOver.WaitAsync(cancellationToken);
    }

    public void Expect(string id, TimeSpan ttl)
    {
        lock (_gate)
        {
            if (_leases.TryGetValue(id, out var known) && known.Ttl == ttl)
                return;
            var lease = known ?? FindOrAddLocked(id, ttl);
            lease.Ttl = ttl;
            _queries.Plan(lease, _time.GetSteadyNow());
        }

        _signal.Set();
    }

    public LeaseState StateOf(string id)
    {
        lock (_gate)
            return _leases.TryGetValue(id, out var lease) ? new LeaseState(true, lease.LapsedAt) : default;
    }

    public void Forget(string id)
    {
        lock (_gate)
            ForgetLocked(id);
    }

    public void Sweep(IReadOnlySet<string> living, DateTimeOffset lapsedBefore)
    {
        lock (_gate)
        {
            foreach (var lease in _lapsed.Where(lease => lease.LapsedAt < lapsedBefore && !living.Contains(lease.Id)).ToList())
                ForgetLocked(lease.Id);
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
            BeginFullTtlsLocked();
        }

        _signal.Set();
    }

    public async ValueTask<bool> ConfirmLapsedAsync(string id)
    {
        SharedLease? lease;
        lock (_gate)
        {
            if (!_leases.TryGetValue(id, out lease) || lease.LapsedAt is null || lease.IsRenewed || !MayJudgeLocked)
                return false;
        }

        return await LeaseScript.RunAsync(_redis, new LeaseBatch([], [(id, lease.Ttl)], []), _keep) is { } answer
            && answer.Deadlines[0] <= answer.Now;
    }

    /// <summary>Sends renewals and new leases until cancelled, when there are any.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await SendAsync();
                await _signal.WaitAsync(cancellationToken);
                await _enough.WaitAsync(Gather, _time, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
        finally
        {
            EndHandOver();
        }
    }

    /// <summary>
    /// Reads which deadlines have passed, and for each lapsed lease whether another replica revived it; sends what could not be sent before. Also an
    /// empty batch is sent: it shows the other replicas that leases are served.
    /// </summary>
    public async Task ExchangeAsync()
    {
        // Each is queried once: another replica may have revived it.
        Queue<SharedLease> lapsed;
        lock (_gate)
            lapsed = new(_lapsed);
        await HandOverAsync(lapsed, evenIfEmpty: true);
    }

    public void Dispose()
    {
        _redis.AvailabilityChanged -= OnAvailabilityChanged;
        _roster?.MixChanged -= OnMixChanged;
    }

    private static TaskCompletionSource NewHandedOver() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void OnAvailabilityChanged()
    {
        lock (_gate)
        {
            if (!_redis.IsAvailable)
                _lostAt = _time.GetSteadyNow();
            else if (_lostAt is not null)
                (_lostAt, _judgesFrom) = (null, _time.GetSteadyNow() + Settle);
        }

        _signal.Set();
    }

    private void OnMixChanged()
    {
        lock (_gate)
        {
            if (_roster is not { IsMixed: { } isMixed } || isMixed == _mixedSince is not null)
                return;
            if (isMixed)
            {
                _mixedSince = _voidSince ?? _time.GetSteadyNow();
                return;
            }

            (_voidSince, _mixedSince) = (_mixedSince, null);
            BeginFullTtlsLocked();
        }

        _signal.Set();
    }

    // Callers can be recognised, and every replica that receives heartbeats is known to speak this protocol.
    private bool MayJudgeLocked => !_isFrozen && _mixedSince is null && (_roster is null || _roster.IsMixed == false);

    private void BeginFullTtlsLocked()
    {
        // Only queried later, not renewed: other replicas may have received heartbeats meanwhile.
        _thawedAt = _time.GetSteadyNow();
        foreach (var lease in _leases.Values)
        {
            if (lease.LapsedAt is not null)
                lease.LapsedAt = _thawedAt;
            else
                lease.AskAt = _thawedAt + lease.Ttl;
        }
    }

    private void ForgetLocked(string id)
    {
        if (!_leases.Remove(id, out var lease))
            return;
        _renewed.Remove(lease);
        _lapsed.Remove(lease);
        if (lease.Deadline > 0)
            _gone.Add(id, lease.Deadline);
    }

    private SharedLease FindOrAddLocked(string id, TimeSpan ttl)
    {
        if (!_leases.TryGetValue(id, out var lease))
        {
            lease = _leases[id] = new SharedLease(id, ttl);
            _queries.Plan(lease, _time.GetSteadyNow());
        }

        return lease;
    }

    private async Task SendAsync()
    {
        TaskCompletionSource ended;
        lock (_gate)
            (ended, _handedOver) = (_handedOver, NewHandedOver());
        try
        {
            // A renewal that the exchange took was stored by its turn, or returned.
            await HandOverAsync([], evenIfEmpty: false);
        }
        finally
        {
            ended.TrySetResult();
        }
    }

    /// <summary>Batch after batch until nothing is left; the loop and the exchange take turns, so that neither waits for all batches of the other.</summary>
    private async Task HandOverAsync(Queue<SharedLease> lapsed, bool evenIfEmpty)
    {
        bool isMore;
        do
        {
            await _turn.WaitAsync();
            try
            {
                ReportChanges();
                var (batch, leases) = TakeBatch(lapsed);

                // What woke the loop was sent with the batch before, or by the exchange.
                if (batch.IsEmpty && !evenIfEmpty)
                    return;
                if (!await HandOverAsync(batch, leases))
                    return;
                isMore = leases.Count >= BatchSize || batch.Gone.Count >= BatchSize || lapsed.Count > 0;
            }
            finally
            {
                _turn.Release();
            }
        }
        while (isMore);
    }

    /// <summary>One call; false: Redis did not answer. After any failure the batch is sent again.</summary>
    private async Task<bool> HandOverAsync(LeaseBatch batch, List<SharedLease> leases)
    {
        var isDone = false;
        try
        {
            var answer = _redis.IsAvailable ? await LeaseScript.RunAsync(_redis, batch, _keep) : null;
            if (answer is null)
                return false;
            _metrics.RedisLeaseBatches.Add(1);
            ApplyAnswer(batch, leases, answer);
            isDone = true;
        }
        finally
        {
            if (!isDone)
                TakeBack(batch, leases);
        }

        ReportChanges();
        return true;
    }

    private (LeaseBatch Batch, List<SharedLease> Leases) TakeBatch(Queue<SharedLease> lapsed)
    {
        List<SharedLease> asked = [];
        List<SharedLease> leases;
        lock (_gate)
        {
            leases = [.. _renewed.Take(BatchSize)];
            foreach (var lease in leases)
            {
                _renewed.Remove(lease);
                lease.IsRenewed = false;
            }

            var now = _time.GetSteadyNow();
            var judges = MayJudgeLocked && now >= _judgesFrom;
            while (judges && leases.Count + asked.Count < BatchSize && _queries.TryTake(now, out var due))
                asked.Add(due);

            if (!judges)
                lapsed.Clear();
            while (leases.Count + asked.Count < BatchSize && lapsed.TryDequeue(out var silent))
            {
                if (_lapsed.Contains(silent))
                    asked.Add(silent);
            }

            var batch = new LeaseBatch([.. leases.Select(Named)], [.. asked.Select(Named)], _gone.Take(BatchSize),
                _voidSince is { } since ? now - since + MixSeenAfter : TimeSpan.Zero);
            leases.AddRange(asked);
            return (batch, leases);
        }

        static (string, TimeSpan) Named(SharedLease lease) => (lease.Id, lease.Ttl);
    }

    private void ApplyAnswer(LeaseBatch batch, List<SharedLease> leases, LeaseAnswer answer)
    {
        lock (_gate)
        {
            var now = _time.GetSteadyNow();
            if (batch.Void > TimeSpan.Zero)
                _voidSince = null;
            for (var i = 0; i < leases.Count; i++)
            {
                var lease = leases[i];
                if (_leases.GetValueOrDefault(lease.Id) != lease)
                    continue;
                lease.Deadline = answer.Deadlines[i];
                var left = TimeSpan.FromMilliseconds(lease.Deadline - answer.Now);
                var isSilent = left <= TimeSpan.Zero && i >= batch.Renewals.Count && !lease.IsRenewed;
                var hasLapsed = isSilent && (lease.LapsedAt is not null || (MayJudgeLocked && lease.AskAt <= now));
                if (hasLapsed != lease.LapsedAt is not null)
                    _unreported.Add(lease.Id);
                lease.LapsedAt = !hasLapsed ? null : now + left > _thawedAt ? now + left : _thawedAt;
                if (hasLapsed)
                {
                    _lapsed.Add(lease);
                    continue;
                }

                _lapsed.Remove(lease);
                _queries.Plan(lease, isSilent && lease.AskAt > now ? lease.AskAt : now + left);
            }
        }
    }

    /// <summary>Raises <see cref="Changed"/>; a report that fails is retried with the next batch.</summary>
    private void ReportChanges()
    {
        if (_unreported.Count == 0)
            return;
        Changed?.Invoke([.. _unreported]);
        _unreported.Clear();
    }

    /// <summary>Returns a batch that failed, to be sent again.</summary>
    private void TakeBack(LeaseBatch batch, List<SharedLease> leases)
    {
        lock (_gate)
        {
            for (var i = 0; i < leases.Count; i++)
            {
                var lease = leases[i];
                if (_leases.GetValueOrDefault(lease.Id) != lease)
                    continue;
                if (i < batch.Renewals.Count)
                {
                    lease.IsRenewed = true;
                    _renewed.Add(lease);
                }
                else if (lease.LapsedAt is null)
                {
                    _queries.Plan(lease, lease.AskAt);
                }
            }

            _gone.Return(batch.Gone);
        }
    }

    private void EndHandOver()
    {
        lock (_gate)
            _handedOver.TrySetResult();
    }
}
