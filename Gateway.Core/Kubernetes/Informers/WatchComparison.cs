using System.Globalization;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Kubernetes.Informers;

/// <summary>
/// Opens a second watch beside the one that seems to be behind, from the version that this one has reached. Only a change that the second one
/// sends and the first one does not proves that the first is dead: a version ahead of it may be that of another API server, whose cache was
/// moved on by other clients' reads. Nothing that it sends is stored.
/// </summary>
internal sealed class WatchComparison<T>(InformerContext<T> context)
    where T : class, IKubernetesObject
{
    /// <summary>Why the first watch has to end; without an outcome, the version up to which it missed nothing (0: not known).</summary>
    public async Task<(WatchOutcome? Outcome, ulong Version)> RunAsync(ulong from, CancellationToken cancellationToken)
    {
        InformersLog.Comparing(context.Logger, context.Type.Plural, context.Scope.Shown, from);
        context.Metrics.InformerComparisons.Add(1, context.Resource);
        var request = new WatchRequest
        {
            Namespace = context.Scope.Namespace,
            LabelSelector = context.Scope.LabelSelector,
            ResourceVersion = from.ToString(CultureInfo.InvariantCulture),
            Timeout = context.Options.ProofTimeout,
        };
        using var overdue = new CancellationTokenSource(Timeout.InfiniteTimeSpan, context.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, overdue.Token);
        try
        {
            using var stream = await context.Api.OpenWatchAsync(context.Type, request, cancellationToken);
            overdue.CancelAfter(context.Options.ProofTimeout + context.Options.ProofSlack);
            await foreach (var told in stream.ReadAsync(both.Token))
            {
                switch (told.Type)
                {
                    case WatchEventType.Error:
                        return (WatchEnd.OfError(told.Status, true, streaming: false).Outcome == WatchOutcome.Gone ? WatchOutcome.Gone : null, 0);
                    case WatchEventType.Bookmark:
                        return (null, told.Version);
                    default:
                        return (await HasMissedAsync(told.Version, cancellationToken) ? WatchOutcome.Dead : null, told.Version);
                }
            }
        }
        catch (KubernetesApiException failure)
        {
            // From a version that has expired nothing can be compared, and the watch could not be resumed either.
            return (failure.IsGone ? WatchOutcome.Gone : null, 0);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // It sent nothing at all.
        }

        return (null, 0);
    }

    private async Task<bool> HasMissedAsync(ulong version, CancellationToken cancellationToken)
    {
        if (context.Store.Version < version)
            await Task.Delay(context.Options.ComparisonGrace, context.Time, cancellationToken);
        return context.Store.Version < version;
    }
}
