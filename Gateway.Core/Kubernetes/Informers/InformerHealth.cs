using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Timing;

namespace Gateway.Core.Kubernetes.Informers;

/// <summary>
/// Updates an informer's state: whether its kind is being watched. Written by the reflector's list, watch and probe, which run
/// concurrently; others read the informer. After a loss an answer proves only that the server is there: the kind counts as lost until a
/// watch is open and the store has reached the version that the server named on its return; so does a kind that another's loss put in doubt.
/// </summary>
internal sealed class InformerHealth<T> : IOutageMember
    where T : class, IKubernetesObject
{
    private readonly InformerContext<T> _context;
    private readonly Outage _outage;
    private readonly Lock _gate;
    private readonly Backoff _throttling;
    private long? _throttledSince;
    private TaskCompletionSource _doubted = NewSignal();
    private long _heardAfter;

    // Since the last failure: the version that the server named, and whether a list at or above it was stored.
    private ulong? _named;
    private bool _isProved;

    public InformerHealth(InformerContext<T> context)
    {
        (_context, _outage, _gate) = (context, context.Outage, context.Outage.Gate);
        _throttling = new(context.Options.Throttling, context.Time);
        _outage.Join(this);
    }

    /// <summary>Completed when another kind's loss has put this one in doubt: the watch that was open then proves nothing.</summary>
    public Task Doubted
    {
        get
        {
            lock (_gate)
                return _doubted.Task;
        }
    }

    public bool IsUnproved => _context.Informer.IsLost || _context.Informer.IsDoubted;

    public long HeardAfter => Volatile.Read(ref _heardAfter);

    /// <summary>The kind is lost or in doubt, and no list has proved yet that the store has caught up.</summary>
    public bool NeedsProof
    {
        get
        {
            lock (_gate)
                return IsUnproved && !_isProved;
        }
    }

    /// <summary>The version that a list has to reach to prove that the store has caught up; 0 when nothing is to be proved.</summary>
    public ulong Awaited
    {
        get
        {
            lock (_gate)
                return IsUnproved && !_isProved ? _named ?? 0 : 0;
        }
    }

    /// <summary>An attempt to list, watch or probe failed: what was proved before proves nothing now.</summary>
    /// <param name="isUnanswered">The API server did not answer, or only with a server error: other kinds may be cut off as well.</param>
    public void Failed(string why, bool isUnanswered)
    {
        lock (_gate)
        {
            if (isUnanswered)
                _outage.Failed(this);
            (_named, _isProved) = (null, false);
            if (_context.Informer.IsLost)
                return;
            _context.Metrics.InformersLost.Add(1, _context.Resource);
            InformersLog.Lost(_context.Logger, _context.Type.Plural, _context.Scope.Shown, why);
            _context.Informer.ReportLost(true);
            _context.Informer.ReportDoubted(false);
        }
    }

    void IOutageMember.Doubt()
    {
        (_named, _isProved) = (null, false);
        _context.Informer.ReportDoubted(true);
        _doubted.TrySetResult();
    }

    /// <summary>The watch sent something: it has survived every failure until now.</summary>
    public void Heard()
    {
        Answered();
        if (HeardAfter == _outage.Failures)
            return;
        lock (_gate)
            Volatile.Write(ref _heardAfter, _outage.Failures);
    }

    /// <summary>The server answered: it does not throttle, and the right is there.</summary>
    public void Answered()
    {
        if (_throttledSince is null && !_context.Informer.IsRefused)
            return;
        lock (_gate)
        {
            _throttledSince = null;
            _context.Informer.ReportRefused(false);
        }
    }

    /// <summary>A watch was opened after the last failure.</summary>
    public void Opened()
    {
        Heard();
        if (!IsUnproved)
            return;
        lock (_gate)
        {
            if (_isProved)
                RegainLocked();
        }
    }

    /// <summary>While the first watch after the loss was open, the server named its version, by a probe or a bookmark.</summary>
    public void Named(ulong version)
    {
        Answered();
        if (!IsUnproved)
            return;
        lock (_gate)
            _named ??= version;
        Progressed();
    }

    /// <summary>The open watch brought the store further.</summary>
    public void Progressed()
    {
        if (!IsUnproved)
            return;
        lock (_gate)
        {
            if ((_isProved || _context.Store.Version >= _named) && HeardAfter == _outage.Failures)
                RegainLocked();
        }
    }

    /// <summary>A list was stored. It proves the rest once a watch from it is open.</summary>
    public void Listed(ulong version, bool historyReplaced)
    {
        Answered();
        lock (_gate)
            _isProved = historyReplaced || _named is null || version >= _named;
    }

    /// <summary>The right to this optional kind is missing.</summary>
    public void Refused()
    {
        if (!_context.Informer.IsRefused)
            InformersLog.DoingWithout(_context.Logger, _context.Type.Plural, _context.Options.RefusedRetry);
        _context.Informer.ReportRefused(true);
    }

    /// <summary>Waits as long as the API server asks for with a 429, which is neither a failure nor a reason to relist.</summary>
    public async Task WaitThrottledAsync(KubernetesApiException failure, CancellationToken cancellationToken)
    {
        _throttledSince ??= _context.Time.GetTimestamp();
        if (_context.Time.GetElapsedTime(_throttledSince.Value) >= _context.Options.ThrottledIsLost)
            Failed(failure.Message, isUnanswered: false);
        await _throttling.WaitAsync(failure.RetryAfter, cancellationToken);
    }

    private void RegainLocked()
    {
        if (!IsUnproved)
            return;
        _outage.Proving(this);
        if (_context.Informer.IsLost)
        {
            _context.Metrics.InformersLost.Add(-1, _context.Resource);
            InformersLog.Regained(_context.Logger, _context.Type.Plural, _context.Scope.Shown);
        }

        (_named, _isProved) = (null, false);
        if (_doubted.Task.IsCompleted)
            _doubted = NewSignal();
        _context.Informer.ReportLost(false);
        _context.Informer.ReportDoubted(false);
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
