using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Kubernetes.Informers;

/// <summary>
/// Asks the API server for its current version while a watch is open, since silence alone proves nothing. Detects dead watches and a
/// restored etcd, after which a watch would stay open and silent.
/// </summary>
internal sealed class ProgressProbe<T>(InformerContext<T> context, InformerHealth<T> health)
    where T : class, IKubernetesObject
{
    /// <summary>Ends with Dead or HistoryReplaced, or by cancellation.</summary>
    /// <param name="atOnce">The API server was unreachable: first check whether etcd was restored.</param>
    public async Task<WatchOutcome> RunAsync(bool atOnce, CancellationToken cancellationToken)
    {
        var judge = new ProgressVerdict(context.Options, context.Time);
        var wait = atOnce ? TimeSpan.Zero : context.Options.ProbeInterval;
        while (true)
        {
            if (wait > TimeSpan.Zero)
                await Task.Delay(wait, context.Time, cancellationToken);
            var seen = context.Store.Version;
            try
            {
                var probed = await context.Api.ProbeVersionAsync(context.Type, context.Scope.Namespace, "0", cancellationToken);
                health.Succeeded();
                if (context.Epoch.IsBehind)
                    return WatchOutcome.HistoryReplaced;
                if (probed < seen && await IsHistoryReplacedAsync(seen, cancellationToken))
                    return WatchOutcome.HistoryReplaced;
                if (judge.IsDead(probed, context.Store.Version))
                    return WatchOutcome.Dead;
                wait = judge.NextLook();
            }
            catch (KubernetesApiException failure) when (failure is { IsUnavailable: true, IsUnreadable: false })
            {
                health.Failed(failure.Message);
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
        await context.Api.ProbeVersionAsync(context.Type, context.Scope.Namespace, "", cancellationToken) < seen;
}

/// <summary>
/// Distinguishes a dead watch from an idle one: for too long the server has had a version that the watch did not send. Owned by one probe.
/// </summary>
internal sealed class ProgressVerdict(ReflectorOptions options, TimeProvider time)
{
    private ulong? _awaited;
    private long _since;

    /// <param name="probed">The version of the kind at the server.</param>
    /// <param name="seen">The version in the store, read after the probe was answered.</param>
    public bool IsDead(ulong probed, ulong seen)
    {
        if (seen >= _awaited)
            _awaited = null;
        if (_awaited is not null)
            return time.GetElapsedTime(_since) >= options.DeadAfter;
        if (probed > seen)
            (_awaited, _since) = (probed, time.GetTimestamp());
        return false;
    }

    /// <summary>When to probe next: at the usual interval, or when the verdict is due.</summary>
    public TimeSpan NextLook()
    {
        if (_awaited is null)
            return options.ProbeInterval;
        var due = options.DeadAfter - time.GetElapsedTime(_since);
        return due > TimeSpan.Zero && due < options.ProbeInterval ? due : options.ProbeInterval;
    }
}
