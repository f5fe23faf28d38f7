using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Kubernetes.Informers;

/// <summary>
/// Asks, beside an open watch, how far the API server is: silence alone proves nothing. Finds watches that are dead, and histories that are
/// lost, on which a watch would stay open and silent for ever.
/// </summary>
internal sealed class ProgressProbe<T>(
    KubernetesApi api, ResourceType<T> type, Scope scope, ObjectStore<T> store, FollowCondition<T> condition, ReflectorOptions options,
    FollowedHistory history, TimeProvider time)
    where T : class, IKubernetesObject
{
    /// <summary>Ends with Dead or HistoryReplaced, or by cancellation.</summary>
    /// <param name="atOnce">The API server was away: whether it is still the same cluster is asked before anything else.</param>
    public async Task<WatchOutcome> RunAsync(bool atOnce, CancellationToken cancellationToken)
    {
        var judge = new ProgressJudge(options, time);
        var wait = atOnce ? TimeSpan.Zero : options.ProbeInterval;
        while (true)
        {
            if (wait > TimeSpan.Zero)
                await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
            var seen = store.Version;
            try
            {
                var probed = await api.ProbeVersionAsync(type, scope.Namespace, "0", cancellationToken).ConfigureAwait(false);
                condition.Succeeded();
                if (history.IsBehind)
                    return WatchOutcome.HistoryReplaced;
                if (probed < seen && await IsHistoryReplacedAsync(seen, cancellationToken).ConfigureAwait(false))
                    return WatchOutcome.HistoryReplaced;
                if (judge.IsDead(probed, store.Version))
                    return WatchOutcome.Dead;
                wait = judge.NextLook();
            }
            catch (KubernetesApiException failure) when (failure is { IsUnavailable: true, IsUnreadable: false })
            {
                condition.Failed(failure.Message);
                wait = options.ProbeRetry;
            }
            catch (KubernetesApiException)
            {
                // It answers, if not with what was asked for: the watch itself will tell.
                wait = options.ProbeInterval;
            }
        }
    }

    // One of several API servers may be behind the others in memory; etcd itself never is.
    private async Task<bool> IsHistoryReplacedAsync(ulong seen, CancellationToken cancellationToken) =>
        await api.ProbeVersionAsync(type, scope.Namespace, "", cancellationToken).ConfigureAwait(false) < seen;
}
