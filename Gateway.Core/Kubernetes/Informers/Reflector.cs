using Gateway.Core.Diagnostics;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Timing;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.Kubernetes.Informers;

/// <summary>
/// Keeps a store in step with a kind through every failure: lists once, then watches, and lists again only when the changes in between are
/// no longer available. The model is client-go's tools/cache/reflector.go.
/// </summary>
internal sealed class Reflector<T>
    where T : class, IKubernetesObject
{
    private readonly ResourceType<T> _type;
    private readonly Scope _scope;
    private readonly ReflectorOptions _options;
    private readonly TimeProvider _time;
    private readonly GatewayMetrics _metrics;
    private readonly ILogger _logger;
    private readonly InformerHealth<T> _condition;
    private readonly Lister<T> _lists;
    private readonly WatchSession<T> _watches;
    private readonly Backoff _backoff;

    // The next step; only the loop reads and writes it.
    private RelistReason? _relist = RelistReason.First;
    private bool _newest;
    private bool _streaming;
    private bool _wasCutOff;
    private bool _relistedInVain;

    public Reflector(KubernetesApi api, ResourceType<T> type, Scope scope, Informer<T> informer, ReflectorOptions options, TimeProvider time,
        GatewayMetrics metrics, ILogger logger, StoreEpoch cluster)
    {
        (_type, _scope, _options, _time, _metrics, _logger) = (type, scope, options, time, metrics, logger);
        _condition = new(informer, type, options, time, metrics, logger);
        var history = new FollowedEpoch(cluster);
        _lists = new(api, type, scope, informer.Store, _condition, options, history, metrics, logger);
        var probe = new ProgressProbe<T>(api, type, scope, informer.Store, _condition, options, history, time);
        _watches = new(api, type, scope, informer.Store, _condition, _lists, probe, options, time, metrics);
        _backoff = new(options.Failures, time);
        _streaming = options.StreamingLists;
    }

    /// <summary>
    /// Lists and watches until cancelled. Throws only when a bug of the gateway ends it; run again, it starts with a list, since the
    /// position of the watch is unknown.
    /// </summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (_options.Stagger > TimeSpan.Zero)
                await Task.Delay(_options.Stagger * _options.Jitter(), _time, cancellationToken);
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
            _condition.Failed(bug.Message);
            throw;
        }
    }

    private async Task ListAsync(RelistReason reason, CancellationToken cancellationToken)
    {
        try
        {
            await _lists.RelistAsync(_newest, reason, cancellationToken);
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
        InformersLog.WatchEnded(_logger, _type.Plural, _scope.Namespace, end.Outcome, end.Detail ?? end.Failure?.Message);
        _metrics.InformerWatchEnds.Add(1, new("resource", _type.Plural), new("outcome", NameOf(end.Outcome)));
        if (end.IsListTaken)
            _relist = null;
        if (end.WasHealthy)
            _relistedInVain = false;
        _wasCutOff = end.Outcome is WatchOutcome.Cut or WatchOutcome.Failed;
        await DecideAsync(end, cancellationToken);
    }

    private async Task DecideAsync(WatchEnd end, CancellationToken cancellationToken)
    {
        switch (end.Outcome)
        {
            case WatchOutcome.Ended or WatchOutcome.Cut when !end.WasHealthy:
                await _backoff.WaitAsync(null, cancellationToken);
                break;
            case WatchOutcome.Ended or WatchOutcome.Cut or WatchOutcome.Overdue:
                break;
            case WatchOutcome.Dead:
                InformersLog.WatchDead(_logger, _type.Plural, _scope.Namespace);
                break;
            case WatchOutcome.Throttled:
                await _condition.WaitThrottledAsync(end.Failure!, cancellationToken);
                break;
            case WatchOutcome.Failed:
                await FailedAsync(end.Failure!, cancellationToken);
                break;
            case WatchOutcome.StreamingRefused:
                InformersLog.NoStreamingLists(_logger, _type.Plural, end.Detail ?? end.Failure!.Message);
                _streaming = false;
                break;
            case WatchOutcome.HistoryReplaced:
                (_relist, _newest) = (RelistReason.History, true);
                break;
            case WatchOutcome.TooLarge:
                await RelistAsync(RelistReason.TooLarge, newest: true, cancellationToken);
                break;
            case WatchOutcome.Gone:
                // The list was refused as well: only the newest state can be listed.
                await RelistAsync(RelistReason.Gone, newest: _relist is not null, cancellationToken);
                break;
            case WatchOutcome.Unreadable:
                _metrics.InformerUnreadableFrames.Add(1, new KeyValuePair<string, object?>("resource", _type.Plural));
                InformersLog.UnreadableFrame(_logger, _type.Plural, _scope.Namespace, end.Detail ?? "");
                // Every change of an unreadable object ends a watch like this: lists must not follow each other at once.
                // A streaming list cannot skip a frame; an ordinary list can skip an object.
                _streaming &= end.IsListTaken;
                _relist ??= RelistReason.Unreadable;
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
        if (_scope.IsOptional && failure.IsForbidden)
        {
            _condition.Refused();
            _relist ??= RelistReason.Error;
            await Task.Delay(_options.RefusedRetry, _time, cancellationToken);
            return;
        }

        _condition.Failed(failure.Message);
        await _backoff.WaitAsync(failure.RetryAfter, cancellationToken);
    }

    private static string NameOf(WatchOutcome outcome) => outcome switch
    {
        WatchOutcome.Ended => "ended",
        WatchOutcome.Cut => "cut",
        WatchOutcome.Gone or WatchOutcome.TooLarge => "gone",
        WatchOutcome.Throttled => "throttled",
        WatchOutcome.Unreadable => "unreadable",
        WatchOutcome.Overdue => "overdue",
        WatchOutcome.Dead or WatchOutcome.HistoryReplaced => "dead",
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
    History,
    Error,
}
