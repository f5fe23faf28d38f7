using System.Collections.Immutable;
using System.Diagnostics;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Results;

namespace Gateway.Core.PodWriting;

/// <summary>A write in the queue of its pod. Planned and completed by that queue alone, awaited by the call that it belongs to.</summary>
internal abstract class WaitingWrite(string caller, DateTimeOffset since, Activity? span, CancellationToken cancellationToken)
{
    /// <summary>Whose turn it takes.</summary>
    public string Caller { get; } = caller;

    public DateTimeOffset Since { get; } = since;

    /// <summary>Where it stands in its caller's trace, for spans and for logs; null without one.</summary>
    public Activity? Span { get; } = span;

    /// <summary>Whoever asked for it has gone; as long as it was not sent, it need not be.</summary>
    public bool IsAbandoned => cancellationToken.IsCancellationRequested;

    /// <summary>Also a pod that has finished is written; else it counts as gone.</summary>
    public bool HoldsForFinishedPods { get; init; }

    /// <summary>Why the last plan refused it.</summary>
    public Refusal? Refusal { get; protected set; }

    /// <summary>The own keys that the last plan wants changed.</summary>
    public ImmutableDictionary<string, string?> Annotations { get; protected set; } = ImmutableDictionary<string, string?>.Empty;

    public bool DependsOnRead { get; protected set; }

    /// <summary>Plans it against the pod; <paramref name="isRepeated"/>: an earlier plan was sent and may have been applied unseen.</summary>
    public abstract void Plan(Pod pod, bool isRepeated);

    /// <summary>The plan does not fit, for a reason that lies outside of it.</summary>
    public void Veto(Refusal refusal) => Refusal = refusal;

    public abstract void Complete(Pod pod, bool hasWritten, PodPatch patch);

    /// <summary>Ends it with its own refusal, else with this one.</summary>
    public abstract void Refuse(Refusal refusal);

    public abstract void Fail(Exception bug);
}

/// <summary>A waiting write with the type of what it is told in the end.</summary>
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
