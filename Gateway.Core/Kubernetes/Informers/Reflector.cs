using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Timing;

namespace Gateway.Core.Kubernetes.Informers;

/// <summary>
/// Keeps a store in step with a kind through every failure: lists once, then watches, and lists again only when the changes in between are
/// no longer available. The model is client-go's tools/cache/reflector.go.
/// </summary>
internal sealed class Reflector<T>
    where T : class, IKubernetesObject
{
    private readonly InformerContext<T> _context;
    private readonly InformerHealth<T> _health;
    private readonly Lister<T> _lister;
    private readonly WatchSession<T> _watches;
    private readonly Backoff _backoff;

    // The next step; only the loop reads and writes it.
    private RelistReason? _relist = RelistReason.First;
    private bool _newest;
    private bool _streaming;
    private bool _wasCutOff;
    private bool _relistedInVain;

    public Reflector(InformerContext<T> context)
    {
        _context = context;
        _health = new(context);
        _lister = new(context, _health);
        _watches = new(context, _health, _lister, new ProgressProbe<T>(context, _health));
        _backoff = new(context.Options.Failures, context.Time);
        _streaming = context.Options.StreamingLists;
    }

    /// <summary>
    /// Lists and watches until cancelled. Throws only when a bug of the gateway ends it; run again, it starts with a list, since the
    /// position of the watch is unknown.
    /// </summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (_context.Options.Stagger > TimeSpan.Zero)
                await Task.Delay(_context.Options.Stagger * _context.Options.Jitter(), _context.Time, cancellationToken);
            while (true)
            {
                // A streaming list is at least as new as what was seen; only an ordinary list can find out whether that version still exists.
                if (_relist is { } reason && (!_streaming || _newest))
                    await ListAsync(reason, cancellationToken);
                else
                    await WatchAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
        catch (Exception bug)
        {
            _relist ??= RelistReason.Error;
            _health.Failed(bug.Message, isUnanswered: false);
            throw;
        }
    }

    private async Task ListAsync(RelistReason reason, CancellationToken cancellationToken)
    {
        try
        {
            await _lister.RelistAsync(_newest, reason, cancellationToken);
            (_relist, _newest) = (null, false);
        }
        catch (KubernetesApiException failure)
        {
            await FailedAsync(failure, cancellationToken);
        }
    }

    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        var initial = _relist;
        var end = await _watches.RunAsync(initial, _wasCutOff, cancellationToken);
        InformersLog.WatchEnded(_context.Logger, _context.Type.Plural, _context.Scope.Shown, end.Outcome, end.Detail ?? end.Failure?.Message);
        _context.Metrics.InformerWatchEnds.Add(1, _context.Resource, new("outcome", NameOf(end.Outcome)));
        if (end.IsListTaken)
            _relist = null;
        if (end.WasHealthy)
            _relistedInVain = false;
        _wasCutOff = end.Outcome is WatchOutcome.Cut or WatchOutcome.Failed or WatchOutcome.Doubted;
        await DecideAsync(end, cancellationToken);
    }

    private async Task DecideAsync(WatchEnd end, CancellationToken cancellationToken)
    {
        switch (end.Outcome)
        {
            case WatchOutcome.Ended or WatchOutcome.Cut when !end.WasHealthy:
                await _backoff.WaitAsync(null, cancellationToken);
                break;
            case WatchOutcome.Ended or WatchOutcome.Overdue when _health.Awaited > _context.Store.Version:
                // Its bookmark came from a server that is behind the one that named the version, or did not come: a list proves as much.
                _relist ??= RelistReason.Behind;
                break;
            case WatchOutcome.Ended or WatchOutcome.Cut or WatchOutcome.Overdue or WatchOutcome.Doubted:
                break;
            case WatchOutcome.Dead:
                InformersLog.WatchDead(_context.Logger, _context.Type.Plural, _context.Scope.Shown);
                break;
            case WatchOutcome.Throttled:
                await _health.WaitThrottledAsync(end.Failure!, cancellationToken);
                break;
            case WatchOutcome.Failed:
                await FailedAsync(end.Failure!, cancellationToken);
                break;
            case WatchOutcome.StreamingRefused:
                InformersLog.NoStreamingLists(_context.Logger, _context.Type.Plural, end.Detail ?? end.Failure!.Message);
                _streaming = false;
                break;
            case WatchOutcome.HistoryReplaced:
                (_relist, _newest) = (RelistReason.History, true);
                break;
            case WatchOutcome.Different:
                // From etcd: the watch cache of the server may lack the same event.
                (_relist, _newest) = (RelistReason.Repair, true);
                break;
            case WatchOutcome.TooLarge:
                await RelistAsync(RelistReason.TooLarge, newest: true, cancellationToken);
                break;
            case WatchOutcome.Gone:
                // The list was refused as well: only the newest state can be listed.
                await RelistAsync(RelistReason.Gone, newest: _relist is not null, cancellationToken);
                break;
            case WatchOutcome.Unreadable:
                _context.Metrics.InformerUnreadableFrames.Add(1, _context.Resource);
                InformersLog.UnreadableFrame(_context.Logger, _context.Type.Plural, _context.Scope.Shown, end.Detail ?? "");
                // Every change of an unreadable object ends a watch like this: lists must not follow each other at once.
                // A streaming list cannot skip a frame; an ordinary list can skip an object.
                _streaming &= end.IsListTaken;
                _relist ??= RelistReason.Unreadable;
                await _backoff.WaitAsync(null, cancellationToken);
                break;
            case WatchOutcome.Disordered:
                InformersLog.Disordered(_context.Logger, _context.Type.Plural, _context.Scope.Shown, end.Detail!);
                _relist ??= RelistReason.Disordered;
                await _backoff.WaitAsync(null, cancellationToken);
                break;
            default:
                _relist ??= RelistReason.Error;
                await FailedAsync(end.Failure!, cancellationToken);
                break;
        }
    }

    // Relists at once, except the second time in a row.
    private async Task RelistAsync(RelistReason reason, bool newest, CancellationToken cancellationToken)
    {
        _relist ??= reason;
        _newest |= newest || _relistedInVain;
        if (_relistedInVain)
            await _backoff.WaitAsync(null, cancellationToken);
        _relistedInVain = true;
    }

    private async Task FailedAsync(KubernetesApiException failure, CancellationToken cancellationToken)
    {
        if (_context.Scope.IsOptional && failure.IsForbidden)
        {
            _health.Refused();
            _relist ??= RelistReason.Error;
            await Task.Delay(_context.Options.RefusedRetry, _context.Time, cancellationToken);
            return;
        }

        _health.Failed(failure.Message, failure is { IsUnavailable: true, IsUnreadable: false });
        await _backoff.WaitAsync(failure.RetryAfter, cancellationToken);
    }

    private static string NameOf(WatchOutcome outcome) => outcome switch
    {
        WatchOutcome.Ended => "ended",
        WatchOutcome.Cut => "cut",
        WatchOutcome.Gone or WatchOutcome.TooLarge => "gone",
        WatchOutcome.Throttled => "throttled",
        WatchOutcome.Unreadable => "unreadable",
        WatchOutcome.Disordered => "disordered",
        WatchOutcome.Overdue => "overdue",
        WatchOutcome.Dead or WatchOutcome.HistoryReplaced => "dead",
        WatchOutcome.Doubted => "doubted",
        WatchOutcome.Different => "different",
        _ => "failed",
    };
}

/// <summary>The reason for a list.</summary>
internal enum RelistReason
{
    First,
    Gone,
    TooLarge,
    Unreadable,
    Disordered,
    History,
    Error,

    /// <summary>After a loss, no watch has reached the version that the server named.</summary>
    Behind,

    /// <summary>The watchdog found that the store differs from the API server.</summary>
    Repair,
}
