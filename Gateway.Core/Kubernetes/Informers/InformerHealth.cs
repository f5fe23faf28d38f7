using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Timing;

namespace Gateway.Core.Kubernetes.Informers;

/// <summary>
/// Updates an informer's state: whether its kind is being watched. Written by the reflector's list, watch and probe, which run
/// concurrently; others read the informer. After a loss an answer proves only that the server is there: the kind counts as lost until a
/// watch is open and the store has reached the version that the server named on its return.
/// </summary>
internal sealed class InformerHealth<T>(InformerContext<T> context)
    where T : class, IKubernetesObject
{
    private readonly Lock _gate = new();
    private readonly Backoff _throttling = new(context.Options.Throttling, context.Time);
    private long? _throttledSince;

    // Since the last failure: the version that the server named, and whether a list at or above it was stored.
    private ulong? _named;
    private bool _isProved;

    /// <summary>The kind is lost, and no list has proved yet that the store has caught up.</summary>
    public bool NeedsProof
    {
        get
        {
            lock (_gate)
                return context.Informer.IsLost && !_isProved;
        }
    }

    /// <summary>The version that a list has to reach to prove that the store has caught up; 0 when nothing is to be proved.</summary>
    public ulong Awaited
    {
        get
        {
            lock (_gate)
                return context.Informer.IsLost && !_isProved ? _named ?? 0 : 0;
        }
    }

    /// <summary>An attempt to list, watch or probe failed: what was proved before proves nothing now.</summary>
    public void Failed(string why)
    {
        lock (_gate)
        {
            (_named, _isProved) = (null, false);
            if (context.Informer.IsLost)
                return;
            context.Metrics.InformersLost.Add(1, context.Resource);
            InformersLog.Lost(context.Logger, context.Type.Plural, context.Scope.Shown, why);
            context.Informer.ReportLost(true);
        }
    }

    /// <summary>The server answered: it does not throttle, and the right is there.</summary>
    public void Answered()
    {
        if (_throttledSince is null && !context.Informer.IsRefused)
            return;
        lock (_gate)
        {
            _throttledSince = null;
            context.Informer.ReportRefused(false);
        }
    }

    /// <summary>A watch was opened after the last failure.</summary>
    public void Opened()
    {
        Answered();
        if (!context.Informer.IsLost)
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
        if (!context.Informer.IsLost)
            return;
        lock (_gate)
            _named ??= version;
        Progressed();
    }

    /// <summary>The open watch brought the store further.</summary>
    public void Progressed()
    {
        if (!context.Informer.IsLost)
            return;
        lock (_gate)
        {
            if (_isProved || context.Store.Version >= _named)
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
        if (!context.Informer.IsRefused)
            InformersLog.DoingWithout(context.Logger, context.Type.Plural, context.Options.RefusedRetry);
        context.Informer.ReportRefused(true);
    }

    /// <summary>Waits as long as the API server asks for with a 429, which is neither a failure nor a reason to relist.</summary>
    public async Task WaitThrottledAsync(KubernetesApiException failure, CancellationToken cancellationToken)
    {
        _throttledSince ??= context.Time.GetTimestamp();
        if (context.Time.GetElapsedTime(_throttledSince.Value) >= context.Options.ThrottledIsLost)
            Failed(failure.Message);
        await _throttling.WaitAsync(failure.RetryAfter, cancellationToken);
    }

    private void RegainLocked()
    {
        if (!context.Informer.IsLost)
            return;
        context.Metrics.InformersLost.Add(-1, context.Resource);
        InformersLog.Regained(context.Logger, context.Type.Plural, context.Scope.Shown);
        (_named, _isProved) = (null, false);
        context.Informer.ReportLost(false);
    }
}
