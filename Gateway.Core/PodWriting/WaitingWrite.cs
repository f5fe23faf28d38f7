using System.Diagnostics;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Results;

namespace Gateway.Core.PodWriting;

/// <summary>A write in the queue of its pod. Planned and completed by that queue alone, awaited by its call.</summary>
internal abstract class WaitingWrite(string caller, DateTimeOffset since, Activity? span, CancellationToken cancellationToken)
{
    /// <summary>The caller that its place in the queue counts for.</summary>
    public string Caller { get; } = caller;

    public DateTimeOffset Since { get; } = since;

    /// <summary>Its span in the caller's trace, for spans and for logs; null without one.</summary>
    public Activity? Span { get; } = span;

    /// <summary>The pod as its call found it, in the cache or by a live read.</summary>
    public required Pod Known { get; init; }

    /// <summary>The caller has cancelled; if the write was not sent yet, it is dropped.</summary>
    public bool IsAbandoned => cancellationToken.IsCancellationRequested;

    /// <summary>Writes a pod that has finished too; otherwise such a pod counts as gone.</summary>
    public bool HoldsForFinishedPods { get; init; }

    /// <summary>What the last plan wants; only after <see cref="Plan"/>.</summary>
    public abstract PodEdit Edit { get; }

    /// <summary>Why the last plan was refused, by itself or for a reason outside of it.</summary>
    public Refusal? Refusal { get; private set; }

    /// <summary>
    /// The last patch with its keys that was sent and whose answer was lost: it may have been applied. Null: every one was answered.
    /// </summary>
    public PodPatch? Unanswered { get; private set; }

    /// <summary>The patch was sent, and no answer says whether it was applied.</summary>
    public void LoseAnswer(PodPatch patch)
    {
        if (Refusal is null && Edit.Annotations.Keys.Any(patch.Annotations.ContainsKey))
            Unanswered = patch;
    }

    /// <summary>Plans it against the pod; <paramref name="isRepeated"/>: an earlier plan was sent and may have been applied unseen.</summary>
    public void Plan(Pod pod, bool isRepeated)
    {
        PlanEdit(pod, isRepeated);
        Refusal = Edit.Refusal;
    }

    /// <summary>What a plan refused no longer counts: it was of a pod that may be behind.</summary>
    public void Unplan() => Refusal = null;

    /// <summary>Refuses the plan for a reason outside of it.</summary>
    public void Veto(Refusal refusal) => Refusal = refusal;

    protected abstract void PlanEdit(Pod pod, bool isRepeated);

    public abstract void Complete(Pod pod, bool hasWritten, PodPatch patch);

    /// <summary>Ends it with its own refusal, else with this one.</summary>
    public abstract void Refuse(Refusal refusal);

    public abstract void Fail(Exception bug);
}

/// <summary>A waiting write with the type of its result.</summary>
internal sealed class WaitingWriteOf<T>(
    Func<Pod, bool, PodEdit<T>> plan, string caller, DateTimeOffset since, Activity? span, CancellationToken cancellationToken)
    : WaitingWrite(caller, since, span, cancellationToken)
    where T : class
{
    private readonly TaskCompletionSource<Result<PodWrite<T>>> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private PodEdit<T>? _edit;

    public Task<Result<PodWrite<T>>> Done => _done.Task;

    public override PodEdit Edit => _edit!;

    protected override void PlanEdit(Pod pod, bool isRepeated) => _edit = plan(pod, isRepeated);

    public override void Complete(Pod pod, bool hasWritten, PodPatch patch) =>
        _done.TrySetResult(new PodWrite<T>(_edit!.Result!, pod, hasWritten || Unanswered is not null, patch)
        {
            Stored = hasWritten ? patch : Unanswered ?? patch,
        });

    public override void Refuse(Refusal refusal) =>
        _done.TrySetResult((Refusal ?? refusal) with { MayHaveBeenApplied = Unanswered is not null });

    public override void Fail(Exception bug) => _done.TrySetException(bug);
}
