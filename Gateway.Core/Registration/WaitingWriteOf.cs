using System.Collections.Immutable;
using System.Diagnostics;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Refusals;

namespace Gateway.Core.Registration;

/// <summary>A waiting write with the type of what it is told in the end.</summary>
internal sealed class WaitingWriteOf<T>(
    Func<Pod, bool, PodEdit<T>> plan, string caller, DateTimeOffset since, Activity? span, CancellationToken cancel)
    : WaitingWrite(caller, since, span, cancel)
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
