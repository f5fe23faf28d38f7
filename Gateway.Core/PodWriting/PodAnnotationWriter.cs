using System.Diagnostics;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Diagnostics;
using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Results;
using Gateway.Core.Supervision;
using Gateway.Core.Timing;

namespace Gateway.Core.PodWriting;

/// <summary>
/// Writes edits to pods. Edits of one pod that are queued at the same time are sent as one PATCH; no edit is delayed to collect more. A bounded
/// number of writes is in flight, fair per caller. Holds the queues of pods that are being written; every call writes them, under one lock that
/// is held for a few instructions.
/// </summary>
public sealed class PodAnnotationWriter(
    PodPatcher patcher, RegistrationOptions options, AnnotationOptions annotations, TimeProvider time, GatewayMetrics metrics, LoopSupervisor loops)
{
    private const string Loop = "pod-writes";

    private readonly Lock _lock = new();
    private readonly Dictionary<(ObjectKey Pod, string Uid), Queue<WaitingWrite>> _queues = [];
    private readonly CallGate _gate = new(options.MaxWritesInFlight, options.QueueFor, time);

    /// <summary>Pods with queued writes.</summary>
    public int Waiting => _gate.Waiting;

    /// <summary>
    /// Writes what <paramref name="plan"/> returns for the pod as it is at the API server. The plan is first made for the newest state that is
    /// known here, at least <paramref name="known"/>, and again whenever the pod has changed since, so it must be pure. Its second argument: an
    /// earlier plan was sent and may have been applied.
    /// </summary>
    internal async Task<Result<PodWrite<T>>> WriteAsync<T>(
        Pod known, string caller, Func<Pod, bool, PodEdit<T>> plan, CancellationToken cancellationToken,
        bool evenIfFinished = false)
        where T : class
    {
        if (ReadOnlyRegistry.Refused(annotations) is { } frozen)
            return frozen;
        var (pod, uid) = (known.Metadata.Key, known.Metadata.Uid);
        using var span = GatewayTraces.Write(pod.Namespace, pod.Name);
        var write = new WaitingWriteOf<T>(plan, caller, time.GetSteadyNow(), span ?? Activity.Current, cancellationToken)
        {
            Known = known,
            HoldsForFinishedPods = evenIfFinished,
        };
        Queue<WaitingWrite>? begun = null;
        lock (_lock)
        {
            if (!_queues.TryGetValue((pod, uid), out var queue))
                _queues[(pod, uid)] = begun = queue = new Queue<WaitingWrite>();
            queue.Enqueue(write);
        }

        if (begun is not null)
            _ = loops.BeginInline(Loop, () => ServeAsync(pod, uid, begun));
        var done = await write.Done;
        span.End(done.IsRefused(out var refusal) ? refusal.Code : done.Value.HasWritten ? "written" : "unchanged");
        return done;
    }

    private async Task ServeAsync(ObjectKey pod, string uid, Queue<WaitingWrite> queue)
    {
        // The cache gets the event of one batch's PATCH later than the next batch is planned.
        Pod? answered = null;
        while (NextCaller(pod, uid, queue) is { } caller)
        {
            IReadOnlyList<WaitingWrite> batch = [];
            try
            {
                var since = time.GetSteadyNow();
                using var permit = await _gate.EnterAsync(caller, CancellationToken.None);
                if (permit is null)
                {
                    GiveUp(queue, since);
                    continue;
                }

                batch = TakeAll(queue);
                if (batch.Count > 0)
                    answered = await SendAsync(pod, uid, batch, answered);
            }
            catch (Exception bug)
            {
                // The queue continues: otherwise this write, and every later one of the pod, would never complete.
                loops.Count(Loop);
                foreach (var write in batch.Count > 0 ? batch : TakeAll(queue))
                    write.Fail(bug);
            }
        }
    }

    private async Task<Pod?> SendAsync(ObjectKey pod, string uid, IReadOnlyList<WaitingWrite> batch, Pod? answered)
    {
        using var span = GatewayTraces.Send([.. batch.Select(static write => write.Span)]);
        return await patcher.SendAsync(pod, uid, batch, answered);
    }

    /// <summary>The caller of the next write; null: there is none, and the queue was removed.</summary>
    private string? NextCaller(ObjectKey pod, string uid, Queue<WaitingWrite> queue)
    {
        lock (_lock)
        {
            if (queue.TryPeek(out var next))
                return next.Caller;
            _queues.Remove((pod, uid));
            return null;
        }
    }

    private List<WaitingWrite> TakeAll(Queue<WaitingWrite> queue)
    {
        var batch = new List<WaitingWrite>();
        lock (_lock)
        {
            while (queue.TryDequeue(out var write))
            {
                if (write.IsAbandoned)
                    write.Refuse(Overloaded());
                else
                    batch.Add(write);
            }
        }

        return batch;
    }

    /// <summary>Refuses the writes that were queued before this attempt to enter the gate; later ones have not waited long enough.</summary>
    private void GiveUp(Queue<WaitingWrite> queue, DateTimeOffset since)
    {
        lock (_lock)
        {
            while (queue.TryPeek(out var write) && write.Since <= since)
            {
                queue.Dequeue();
                metrics.PodWrites.Add(1, new KeyValuePair<string, object?>("result", "overloaded"));
                write.Refuse(Overloaded());
            }
        }
    }

    private static Refusal Overloaded() =>
        new(RefusalCodes.Overloaded, "Too many writes are queued; nothing was sent.") { RetryAfter = Jitter.AtLeast(TimeSpan.FromSeconds(2)) };
}
