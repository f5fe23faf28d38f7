using Gateway.Core.Annotations.Mirrors;
using Gateway.Core.Diagnostics;
using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Results;
using Gateway.Core.Timing;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.PodWriting;

/// <summary>
/// Writes a batch of edits to one pod: plans from the pod as known, patches exactly that version, and retries from a live read until the deadline
/// where a retry can succeed. The edits complete with what the API server answered: where the pod as known leaves nothing to write, a live read
/// decides. Keeps no state.
/// </summary>
public sealed partial class PodPatcher(
    IPodApi api, IReviewApi reviews, PodPlanner planner, IClusterView cluster, RegistrationOptions options, TimeProvider time, GatewayMetrics metrics, ILogger<PodPatcher> logger)
{
    private const int ConflictsToContention = 10;

    // Another client changed the pod. From zero on, so that writers that conflict spread out.
    private static readonly BackoffDelays Conflicts = new(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(200)) { Least = 0, Most = 1 };

    // Rights are given by people, in minutes.
    private static readonly TimeSpan NoRightDelay = TimeSpan.FromSeconds(10);

    private readonly KnownPods _known = new(cluster);

    /// <summary>Returns the pod as the API server answered last, null if it did not; <paramref name="answered"/>: what this returned for the batch before.</summary>
    internal async Task<Pod?> SendAsync(ObjectKey pod, string uid, IReadOnlyList<WaitingWrite> batch, Pod? answered)
    {
        var attempt = new Attempt { Answered = answered };
        await SendAsync(pod, uid, batch, attempt, null);
        return attempt.Answered;
    }

    private async Task SendAsync(
        ObjectKey pod, string uid, IReadOnlyList<WaitingWrite> batch, Attempt attempt, MirrorState? leaveMirrorsOut)
    {
        using var deadline = new CancellationTokenSource(options.WriteTimeout, time);
        var (conflicts, outages) = (new Backoff(Conflicts, time), new Backoff(BackoffDelays.OfCalls, time));
        while (true)
        {
            try
            {
                if (await TryAsync(pod, uid, batch, attempt, leaveMirrorsOut, deadline.Token))
                    return;
            }
            catch (KubernetesApiException failure)
            {
                if (attempt.IsSent && failure.MayHaveBeenApplied)
                    LoseAnswer(batch, attempt);
                attempt.Failed(failure);
                var kind = PatchFailures.Of(failure);
                if (kind is not (PatchFailure.Conflict or PatchFailure.Unavailable))
                {
                    await EndAsync(pod, uid, batch, attempt, kind, failure);
                    return;
                }

                // When the version keeps changing, mirrors are left out and new own keys go without it, so that they are written.
                if (kind == PatchFailure.Conflict && attempt.Number >= ConflictsToContention)
                {
                    attempt.IsContended = true;
                    if (attempt.Patch is { WritesMirrors: true })
                        leaveMirrorsOut ??= MirrorState.LeftOut(MirrorCauses.Contended, "other clients keep changing the pod; it is written later");
                }

                Count(kind == PatchFailure.Conflict ? "conflict" : "unavailable");

                // A known pod was merely behind: the read that brings it up to date need not wait.
                var isWorthIt = kind == PatchFailure.Conflict
                    ? attempt.IsUnread || await conflicts.TryWaitAsync(null, options.WriteTimeout, deadline.Token)
                    : await outages.TryWaitAsync(failure.RetryAfter, options.WriteTimeout, deadline.Token);
                if (!isWorthIt)
                {
                    RefuseAll(batch, Unavailable(pod, attempt, failure.RetryAfter));
                    return;
                }
            }
            catch (OperationCanceledException) when (deadline.IsCancellationRequested)
            {
                if (attempt.IsSent)
                    LoseAnswer(batch, attempt);
                RefuseAll(batch, Unavailable(pod, attempt, null));
                return;
            }
        }
    }

    private async Task<bool> TryAsync(
        ObjectKey pod, string uid, IReadOnlyList<WaitingWrite> batch, Attempt attempt, MirrorState? leaveMirrorsOut, CancellationToken deadline)
    {
        attempt.Begin();
        (Pod Pod, PodPatch Patch)? empty = null;
        if (attempt.MayPlanUnread && _known.Newest(pod, uid, batch, attempt.Answered) is { } known
            && (!known.IsFinished || batch.All(static edit => edit.HoldsForFinishedPods)))
        {
            // An empty plan decides nothing: what would be answered without a write has to be so at the API server.
            var planned = planner.Plan(known, batch, isRepeated: false, leaveMirrorsOut);
            if (!planned.IsEmpty)
            {
                attempt.IsUnread = true;
                await CompleteAsync(pod, known, batch, planned, attempt, deadline);
                return true;
            }

            // What the known pod would refuse, the API server's may not: only that one is planned then.
            empty = batch.All(static edit => edit.Refusal is null) ? (known, planned) : null;
            foreach (var edit in batch)
                edit.Unplan();
        }

        attempt.IsUnread = false;
        var live = await api.GetPodAsync(pod.Namespace, pod.Name, deadline);
        if (live is null || live.Metadata.Uid != uid)
        {
            RefuseAll(batch, Gone(pod));
            return true;
        }

        // The pod is exactly as it was known, so what was planned holds.
        if (empty is { } confirmed && confirmed.Pod.Metadata.Version == live.Metadata.Version && !live.Unreadable)
        {
            await CompleteAsync(pod, live, batch, confirmed.Patch, attempt, deadline);
            return true;
        }

        if (live.IsFinished && batch.Any(static edit => !edit.HoldsForFinishedPods))
        {
            RefuseAll([.. batch.Where(static edit => !edit.HoldsForFinishedPods)], Gone(pod));
            batch = [.. batch.Where(static edit => edit.HoldsForFinishedPods)];
            if (batch.Count == 0)
                return true;
        }

        var patch = planner.Plan(live, batch, attempt.MayHaveBeenApplied, leaveMirrorsOut, attempt.IsContended);
        await CompleteAsync(pod, live, batch, patch, attempt, deadline);
        return true;
    }

    /// <summary>Sends the patch, unless it is empty, and completes the edits with the pod that it left.</summary>
    private async Task CompleteAsync(
        ObjectKey pod, Pod before, IReadOnlyList<WaitingWrite> batch, PodPatch patch, Attempt attempt, CancellationToken deadline)
    {
        attempt.Patch = patch;
        var after = before;
        if (!patch.IsEmpty)
        {
            attempt.Verb = "patch";
            attempt.IsSent = true;
            after = await api.PatchPodAsync(pod.Namespace, pod.Name, patch.ToJson(), dryRun: false, deadline);
            attempt.IsSent = false;
            metrics.JointWrites.Record(batch.Count);
        }

        attempt.Answered = after;
        Count(patch.IsEmpty ? "unchanged" : "written");
        foreach (var edit in batch)
        {
            if (edit.Refusal is { } refusal)
                edit.Refuse(refusal);
            else
                edit.Complete(after, edit.Edit.Annotations.Keys.Any(patch.Annotations.ContainsKey), patch);
        }
    }

    /// <summary>The patch is refused and not retried. If it has several parts, they are sent one by one; else its callers are refused.</summary>
    private async Task EndAsync(
        ObjectKey pod, string uid, IReadOnlyList<WaitingWrite> batch, Attempt attempt, PatchFailure kind, KubernetesApiException failure)
    {
        if (kind == PatchFailure.PodGone)
        {
            RefuseAll(batch, Gone(pod));
            return;
        }

        var words = failure.ServerMessage is { Length: > 0 } message ? message : $"status {failure.StatusCode}";
        var logged = LogText.Escaped(words);
        if (await LacksRightAsync(pod, attempt.Verb, failure))
        {
            Count("forbidden");
            NoRight(logger, attempt.Verb, pod.Namespace, logged);
            RefuseAll(batch, new Refusal(
                RefusalCodes.ApiServerUnavailable, $"The gateway's own account may not {attempt.Verb} pods in namespace {pod.Namespace}; nothing of {pod} was changed.")
            {
                RetryAfter = Jitter.AtLeast(NoRightDelay),
            });
        }
        else if (batch.Count > 1)
        {
            SentInParts(logger, pod, batch.Count, failure.StatusCode, logged);
            foreach (var edit in batch)
                await SendAsync(pod, uid, [edit], attempt.ForPart(), null);
        }
        else if (attempt.Patch is { WritesMirrors: true })
        {
            SentWithoutMirrors(logger, pod, failure.StatusCode, logged);
            await SendAsync(pod, uid, batch, attempt.ForPart(), MirrorState.LeftOut(MirrorCauses.Refused, $"the cluster refused it: {words}"));
        }
        else if (kind == PatchFailure.AnnotationsFull)
        {
            RefuseAll(batch, AnnotationSpace.Full(
                $"The API server accepts no more annotations for {pod}: {attempt.Patch?.AnnotationBytesAfter} bytes would be needed, {attempt.Patch?.AnnotationBytesBefore} are used. {words}"));
        }
        else
        {
            Count("refused");
            RefusedByCluster(logger, pod, failure.StatusCode, failure.Reason, logged);
            RefuseAll(batch, new Refusal(RefusalCodes.ClusterRefused, $"The cluster refused to change {pod}: {words}"));
        }
    }

    /// <summary>
    /// A 403 with a reason comes from a policy or from the authorizer, and both look alike, so an access review decides. A webhook's has no reason.
    /// </summary>
    private async Task<bool> LacksRightAsync(ObjectKey pod, string verb, KubernetesApiException failure)
    {
        if (!failure.IsForbidden || failure.Reason != "Forbidden")
            return false;
        using var deadline = new CancellationTokenSource(options.WriteTimeout, time);
        try
        {
            return !await reviews.MayAsync(verb, "pods", pod.Namespace, pod.Name, deadline.Token);
        }
        catch (Exception unknown) when (unknown is KubernetesApiException or OperationCanceledException)
        {
            return false;
        }
    }

    private static void LoseAnswer(IReadOnlyList<WaitingWrite> batch, Attempt attempt)
    {
        foreach (var edit in batch)
            edit.LoseAnswer(attempt.Patch!);
    }

    private static void RefuseAll(IReadOnlyList<WaitingWrite> batch, Refusal refusal)
    {
        foreach (var edit in batch)
            edit.Refuse(refusal);
    }

    private Refusal Gone(ObjectKey pod)
    {
        Count("gone");
        return new Refusal(RefusalCodes.PodGone, $"The pod {pod} is gone, has finished, or was replaced by another of that name.");
    }

    private Refusal Unavailable(ObjectKey pod, Attempt attempt, TimeSpan? retryAfter)
    {
        GivenUp(logger, pod, attempt.Number, attempt.MayHaveBeenApplied);
        return new Refusal(
            RefusalCodes.ApiServerUnavailable,
            attempt.MayHaveBeenApplied
                ? $"The Kubernetes API server did not confirm the write to {pod}: it may have been applied. Repeating it is safe."
                : $"The Kubernetes API server could not be written to; nothing of {pod} was changed.")
        {
            RetryAfter = retryAfter ?? Jitter.AtLeast(TimeSpan.FromSeconds(2)),
        };
    }

    private void Count(string result) => metrics.PodWrites.Add(1, new KeyValuePair<string, object?>("result", result));

    [LoggerMessage(1600, LogLevel.Warning, "The API server refused a write to {Pod} ({StatusCode} {Reason}): {Words}. The caller gets this refusal; the write is not retried.")]
    private static partial void RefusedByCluster(ILogger logger, ObjectKey pod, int statusCode, string? reason, string words);

    [LoggerMessage(1601, LogLevel.Information, "A write to {Pod} for {Count} calls was refused ({StatusCode}: {Words}); the calls are retried one by one.")]
    private static partial void SentInParts(ILogger logger, ObjectKey pod, int count, int statusCode, string words);

    [LoggerMessage(1602, LogLevel.Warning, "A write to {Pod} was refused ({StatusCode}: {Words}); it is retried without its mirrors.")]
    private static partial void SentWithoutMirrors(ILogger logger, ObjectKey pod, int statusCode, string words);

    [LoggerMessage(1604, LogLevel.Error,
        "The gateway's account may not {Verb} pods in namespace {Namespace}: {Words}. Callers get 503 until the right is granted (docs/manifests/least-privilege.yaml)")]
    private static partial void NoRight(ILogger logger, string verb, string @namespace, string words);

    [LoggerMessage(1603, LogLevel.Warning,
        "A write to {Pod} was abandoned after {Attempts} attempts without a usable answer (may have been applied: {MayHaveBeenApplied}); the caller gets 503.")]
    private static partial void GivenUp(ILogger logger, ObjectKey pod, int attempts, bool mayHaveBeenApplied);

    /// <summary>The progress of one batch.</summary>
    private sealed class Attempt
    {
        public int Number { get; private set; }

        /// <summary>A PATCH was sent, and no answer says that it was refused.</summary>
        public bool MayHaveBeenApplied { get => field || IsSent; private set; }

        /// <summary>The PATCH of this attempt was sent and is not answered yet.</summary>
        public bool IsSent { get; set; }

        public PodPatch? Patch { get; set; }

        /// <summary>The pod as the API server answered last.</summary>
        public Pod? Answered { get; set; }

        /// <summary>The first attempt may be planned from the pod as known; what failed once, or is part of it, is planned from a read.</summary>
        public bool MayPlanUnread => Number == 1 && !IsPart;

        /// <summary>This attempt was planned without a read.</summary>
        public bool IsUnread { get; set; }

        /// <summary>Other clients keep changing the pod.</summary>
        public bool IsContended { get; set; }

        private bool IsPart { get; init; }

        /// <summary>The verb of its current call to the API server.</summary>
        public string Verb { get; set; } = "get";

        public void Begin()
        {
            Number++;
            Verb = "get";
        }

        public void Failed(KubernetesApiException failure)
        {
            IsSent = false;
            MayHaveBeenApplied |= failure.MayHaveBeenApplied;
        }

        public Attempt ForPart() => new() { MayHaveBeenApplied = MayHaveBeenApplied, IsPart = true };
    }
}
