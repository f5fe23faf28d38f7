using System.Collections.Immutable;
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

    /// <summary>The caller has cancelled; if the write was not sent yet, it is dropped.</summary>
    public bool IsAbandoned => cancellationToken.IsCancellationRequested;

    /// <summary>Writes a pod that has finished too; otherwise such a pod counts as gone.</summary>
    public bool HoldsForFinishedPods { get; init; }

    /// <summary>Why the last plan refused it.</summary>
    public Refusal? Refusal { get; protected set; }

    /// <summary>The own keys that the last plan wants changed.</summary>
    public ImmutableDictionary<string, string?> Annotations { get; protected set; } = ImmutableDictionary<string, string?>.Empty;

    public bool DependsOnRead { get; protected set; }

    /// <summary>Plans it against the pod; <paramref name="isRepeated"/>: an earlier plan was sent and may have been applied unseen.</summary>
    public abstract void Plan(Pod pod, bool isRepeated);

    /// <summary>Refuses the plan for a reason outside of it.</summary>
    public void Veto(Refusal refusal) => Refusal = refusal;

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
    private T? _result;

    public Task<Result<PodWrite<T>>> Done => _done.Task;

    public override void Plan(Pod pod, bool isRepeated)
    {
        var edit = plan(pod, isRepeated);
        (_result, Refusal, Annotations, DependsOnRead) = (edit.Result, edit.Refusal, edit.Annotations, edit.DependsOnRead);
    }

    public override void Complete(Pod pod, bool hasWritten, PodPatch patch) =>
        _done.TrySetResult(new PodWrite<T>(_result!, pod, hasWritten, patch));

    public override void Refuse(Refusal refusal) => _done.TrySetResult(Refusal ?? refusal);

    public override void Fail(Exception bug) => _done.TrySetException(bug);
}
