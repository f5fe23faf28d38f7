using Gateway.Core.Annotations.Records;
using Gateway.Core.Diagnostics;
using Gateway.Core.Kubernetes.Models;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.Registry.Projecting;

/// <summary>
/// Counts unreadable records, as many of each pod as are reported, and logs one line a pod when some appear (or become unreadable for another
/// reason). Owned by the projector's thread.
/// </summary>
internal sealed class UnreadableRecords(GatewayMetrics metrics, ILogger logger)
{
    private const int MaxLoggedReason = 500;

    private readonly int[] _counts = new int[InstanceSourceNames.All.Length];

    /// <summary>Counts the records of those pods from the beginning; all of them were logged before.</summary>
    public void Restart(IEnumerable<PodEntry> pods)
    {
        Array.Clear(_counts);
        foreach (var record in pods.SelectMany(static entry => entry.Records.Unreadable))
            _counts[(int)record.Source]++;
    }

    public void Observe(ObjectKey pod, PodRecords? before, PodRecords? after)
    {
        if (ReferenceEquals(before, after) || (before?.Unreadable.IsEmpty ?? true) && (after?.Unreadable.IsEmpty ?? true))
            return;
        foreach (var record in before?.Unreadable ?? [])
            _counts[(int)record.Source]--;
        var known = before?.Unreadable.ToHashSet() ?? [];
        UnreadableRecord? first = null;
        var appeared = 0;
        foreach (var record in after?.Unreadable ?? [])
        {
            _counts[(int)record.Source]++;
            if (known.Contains(record))
                continue;
            first ??= record;
            appeared++;
        }

        if (first is not null)
            RegistryLog.RecordUnreadable(logger, pod, first.AnnotationKey, InstanceSourceNames.Of(first.Source), appeared - 1, LogText.Escaped(Shortened(first.Reason)));
    }

    // A character may take six in the log, and no line is longer than 4 KB.
    private static string Shortened(string reason) => reason.Length <= MaxLoggedReason ? reason : reason[..MaxLoggedReason] + "...";

    public void Report()
    {
        for (var source = 0; source < _counts.Length; source++)
            metrics.RegistryUnreadable.Record(_counts[source], new KeyValuePair<string, object?>("source", InstanceSourceNames.All[source]));
    }
}
