using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Kubernetes.Informers;

/// <summary>
/// Asks the API server for its current version while a watch is open, since silence alone proves nothing. Detects half-open connections, dead
/// watches and a restored etcd, after which a watch would stay open and silent. The answer may come from another API server than the
/// watch's: being ahead of the watch, it only starts a comparison.
/// </summary>
internal sealed class ProgressProbe<T>(InformerContext<T> context, InformerHealth<T> health)
    where T : class, IKubernetesObject
{
    private readonly WatchComparison<T> _comparison = new(context);

    /// <summary>Ends with Dead, Different, Doubted, Gone or HistoryReplaced, or by cancellation.</summary>
    /// <param name="atOnce">The API server was unreachable: first check whether etcd was restored.</param>
    public async Task<WatchOutcome> RunAsync(bool atOnce, CancellationToken cancellationToken)
    {
        var judge = new ProgressVerdict(context.Options, context.Time);
        var wait = atOnce ? TimeSpan.Zero : context.Options.ProbeInterval;
        var hasFailed = false;
        while (true)
        {
            if (wait > TimeSpan.Zero && await context.Repair.WaitAsync(wait, context.Time, cancellationToken))
                return WatchOutcome.Different;
            var seen = context.Store.Version;
            try
            {
                var probed = await context.Api.ProbeVersionAsync(context.Type, context.Scope.Namespace, "0", context.Options.ProbeLimit, cancellationToken);
                health.Answered();
                if (context.Epoch.IsBehind)
                    return WatchOutcome.HistoryReplaced;
                if (probed < seen && await IsHistoryReplacedAsync(seen, cancellationToken))
                    return WatchOutcome.HistoryReplaced;
                // It proves that the server is there, not that this watch still is.
                if (hasFailed)
                    return WatchOutcome.Doubted;
                health.Named(probed);
                if (judge.IsComparisonDue(probed, context.Store.Version))
                {
                    var found = await _comparison.RunAsync(context.Store.Version, cancellationToken);
                    if (found.Outcome is { } outcome)
                        return outcome;
                    judge.Compared(found.Version);
                }

                wait = judge.NextLook();
            }
            catch (KubernetesApiException failure) when (failure is { IsUnavailable: true, IsUnreadable: false })
            {
                health.Failed(failure.Message, isUnanswered: true);
                hasFailed = true;
                wait = context.Options.ProbeRetry;
            }
            catch (KubernetesApiException)
            {
                // It answers, even if with an error: the watch itself will show the cause.
                wait = context.Options.ProbeInterval;
            }
        }
    }

    // The watch cache of one of several API servers may be behind the others; etcd never is.
    private async Task<bool> IsHistoryReplacedAsync(ulong seen, CancellationToken cancellationToken) =>
        await context.Api.ProbeVersionAsync(context.Type, context.Scope.Namespace, "", context.Options.ProbeLimit, cancellationToken) < seen;
}

/// <summary>Decides when a watch that is behind the probes has to be compared with another. Owned by one probe.</summary>
internal sealed class ProgressVerdict(ReflectorOptions options, TimeProvider time)
{
    private ulong? _awaited;
    private ulong _compared;
    private long _since;

    /// <param name="probed">The version of the kind at the server.</param>
    /// <param name="seen">The version in the store, read after the probe was answered.</param>
    public bool IsComparisonDue(ulong probed, ulong seen)
    {
        if (seen >= _awaited)
            _awaited = null;
        if (_awaited is not null)
            return time.GetElapsedTime(_since) >= options.DeadAfter;
        if (probed > seen && probed > _compared)
            (_awaited, _since) = (probed, time.GetTimestamp());
        return false;
    }

    /// <summary>A second watch showed that nothing was missed up to this version; 0 when it showed nothing.</summary>
    public void Compared(ulong version) => (_awaited, _compared) = (null, Math.Max(_compared, version));

    /// <summary>When to probe next: at the usual interval, or when the comparison is due.</summary>
    public TimeSpan NextLook()
    {
        if (_awaited is null)
            return options.ProbeInterval;
        var due = options.DeadAfter - time.GetElapsedTime(_since);
        return due > TimeSpan.Zero && due < options.ProbeInterval ? due : options.ProbeInterval;
    }
}
