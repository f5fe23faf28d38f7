using System.Globalization;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Kubernetes.Informers;

/// <summary>
/// One watch from its opening to its end: every event is stored first and counts as seen only then. With a streaming list the objects come
/// first; they are buffered and stored in one step.
/// </summary>
internal sealed class WatchSession<T>(InformerContext<T> context, InformerHealth<T> health, Lister<T> lister, ProgressProbe<T> probe)
    where T : class, IKubernetesObject
{
    /// <param name="initial">Not null: begins with a streaming list, for this reason.</param>
    /// <param name="wasCutOff">The previous connection broke or could not be established.</param>
    public async Task<WatchEnd> RunAsync(RelistReason? initial, bool wasCutOff, CancellationToken cancellationToken)
    {
        var isProof = initial is null && health.NeedsProof;
        var timeout = isProof ? context.Options.ProofTimeout
            : TimeSpan.FromSeconds(Math.Floor(context.Options.WatchTimeout.TotalSeconds * (1 + context.Options.Jitter())));
        using var overdue = new CancellationTokenSource(Timeout.InfiniteTimeSpan, context.Time);
        using var silent = new CancellationTokenSource(Timeout.InfiniteTimeSpan, context.Time);
        using var dropped = new CancellationTokenSource();
        using var any = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, overdue.Token, silent.Token, dropped.Token);
        var run = new Run { Gathering = initial is null ? null : new(initial.Value, context.Store), IsProof = isProof };
        try
        {
            if (!isProof)
                overdue.CancelAfter(timeout + context.Options.WatchSlack);
            var end = await FollowAsync(run, timeout, wasCutOff || isProof, silent, dropped, overdue, any.Token);
            return end with { IsListTaken = run.Gathering is null };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            if (run.Verdict is { } verdict)
                return new(verdict, run.ToldSomething) { IsListTaken = true };
            return silent.IsCancellationRequested
                ? new(WatchOutcome.StreamingRefused, Detail: "no event was received")
                : new(WatchOutcome.Overdue, true) { IsListTaken = run.Gathering is null };
        }
        finally
        {
            await any.CancelAsync();
            await EndAsync(run.Probing);
        }
    }

    private async Task<WatchEnd> FollowAsync(Run run, TimeSpan timeout, bool wasCutOff, CancellationTokenSource silent,
        CancellationTokenSource dropped, CancellationTokenSource overdue, CancellationToken cancellationToken)
    {
        // A streaming list starts from nothing, or from at least the version that was seen or is awaited; it is used only when it is complete.
        var from = run.Gathering is null ? context.Store.Version : Math.Max(context.Store.Version, health.Awaited);
        var version = run.Gathering is not null && !context.Store.HasSynced ? "" : from.ToString(CultureInfo.InvariantCulture);
        var request = new WatchRequest
        {
            Namespace = context.Scope.Namespace,
            LabelSelector = context.Scope.LabelSelector,
            ResourceVersion = version,
            Timeout = timeout,
            SendInitialEvents = run.Gathering is not null,
        };
        if (run.IsProof)
            request = request with { Opening = context.Options.ProofOpening };
        WatchStream<T> stream;
        try
        {
            stream = await context.Api.OpenWatchAsync(context.Type, request, cancellationToken);
        }
        catch (KubernetesApiException failure)
        {
            return WatchEnd.OfOpening(failure, request.SendInitialEvents);
        }

        if (run.Gathering is not null)
            silent.CancelAfter(context.Options.StreamingSilence);
        using (stream)
        {
            var opened = context.Time.GetTimestamp();
            context.Metrics.InformerWatches.Add(1, context.Resource);
            bool Lasted() => run.ToldSomething || context.Time.GetElapsedTime(opened) >= context.Options.ShortWatch;
            try
            {
                health.Opened();
                if (run.IsProof)
                    overdue.CancelAfter(timeout + context.Options.ProofSlack);
                if (run.Gathering is null)
                    run.Probing = ProbeAsync(run, wasCutOff, dropped, cancellationToken);
                await foreach (var told in stream.ReadAsync(cancellationToken))
                {
                    if (told.Type == WatchEventType.Error)
                        return WatchEnd.OfError(told.Status, Lasted(), streaming: run.Gathering is not null);
                    run.ToldSomething = true;
                    health.Heard();
                    context.Metrics.InformerEvents.Add(1, context.Resource, new KeyValuePair<string, object?>("type", NameOf(told.Type)));
                    if (run.Gathering is null)
                    {
                        if (told.Failure is not null)
                            return new(WatchOutcome.Unreadable, true, Detail: $"{told.Object?.Metadata.Key} {told.Failure}");
                        if (!IsKnown(told))
                        {
                            if (told.Type != WatchEventType.Bookmark && told.Version <= context.Store.Version)
                                return new(WatchOutcome.Disordered, true, Detail: $"{told.Object!.Metadata.Key} at {told.Version} after {context.Store.Version}");
                            Apply(told);
                        }

                        if (run.IsProof && told.Type == WatchEventType.Bookmark)
                            health.Named(told.Version);
                        health.Progressed();
                    }
                    else if (!run.Gathering.Add(told))
                    {
                        silent.CancelAfter(context.Options.StreamingSilence);
                    }
                    else
                    {
                        silent.CancelAfter(Timeout.InfiniteTimeSpan);
                        if (context.Store.HasSynced && told.Version < context.Store.Version)
                            return new(WatchOutcome.TooLarge, true);
                        lister.Take(run.Gathering.Items, told.Version, run.Gathering.Unreadable, run.Gathering.Reason, stream.Encoding);
                        run.Gathering = null;
                        health.Opened();
                        // A list that was just received proves more than a probe would.
                        run.Probing = ProbeAsync(run, false, dropped, cancellationToken);
                    }
                }

                return new(WatchOutcome.Ended, Lasted());
            }
            catch (KubernetesApiException failure)
            {
                return failure.IsUnreadable ? new(WatchOutcome.Unreadable, true, Detail: failure.Message) : new(WatchOutcome.Cut, Lasted(), failure);
            }
            finally
            {
                context.Metrics.InformerWatches.Add(-1, context.Resource);
            }
        }
    }

    private async Task ProbeAsync(Run run, bool atOnce, CancellationTokenSource dropped, CancellationToken cancellationToken)
    {
        try
        {
            var probing = probe.RunAsync(atOnce, cancellationToken);
            // A proof was opened because of a doubt, and ends by itself within seconds.
            if (run.IsProof || await Task.WhenAny(probing, health.Doubted) == probing)
            {
                run.Verdict = await probing;
                return;
            }

            run.Verdict = WatchOutcome.Doubted;
            await dropped.CancelAsync();
            await EndAsync(probing);
        }
        finally
        {
            // Also when the probe failed by a bug: without a probe a dead watch would never be detected.
            await dropped.CancelAsync();
        }
    }

    private static async Task EndAsync(Task probing)
    {
        try
        {
            await probing;
        }
        catch (OperationCanceledException)
        {
        }
    }

    // Sent twice, or late: what is stored is of this version or a later one.
    private bool IsKnown(WatchEvent<T> told)
    {
        if (told.Type == WatchEventType.Bookmark || told.Version > context.Store.Version)
            return false;
        var held = context.Store.Find(told.Object!.Metadata.Key);
        return held is null ? told.Type == WatchEventType.Deleted : held.Metadata.Version >= told.Version;
    }

    private void Apply(WatchEvent<T> told)
    {
        switch (told.Type)
        {
            case WatchEventType.Added or WatchEventType.Modified:
                context.Store.Put(told.Object!, told.Version, told.Arrived);
                break;
            case WatchEventType.Deleted:
                context.Store.Remove(told.Object!.Metadata.Key, told.Version, told.Arrived);
                break;
            default:
                context.Store.Advance(told.Version);
                break;
        }
    }

    private static string NameOf(WatchEventType type) => type switch
    {
        WatchEventType.Added => "added",
        WatchEventType.Modified => "modified",
        WatchEventType.Deleted => "deleted",
        _ => "bookmark",
    };

    /// <summary>The state of one run. Written by the event loop, except the verdict, which the probe writes.</summary>
    private sealed class Run
    {
        private volatile object? _verdict;

        public InitialEventsBuffer<T>? Gathering { get; set; }
        public bool ToldSomething { get; set; }

        /// <summary>It is the first watch after a loss.</summary>
        public bool IsProof { get; init; }

        public Task Probing { get; set; } = Task.CompletedTask;

        public WatchOutcome? Verdict
        {
            get => (WatchOutcome?)_verdict;
            set => _verdict = value;
        }
    }
}
