using Gateway.Core.Annotations.Records;
using Gateway.Core.Diagnostics;
using Gateway.Core.Kubernetes.Models;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.Registry.Projecting;

/// <summary>
/// Counts unreadable records and logs each once, when it appears (or becomes unreadable for another reason). Owned by the projector's
/// thread.
/// </summary>
internal sealed class UnreadableRecords(GatewayMetrics metrics, ILogger logger)
{
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
        foreach (var record in after?.Unreadable ?? [])
        {
            _counts[(int)record.Source]++;
            if (before is null || !before.Unreadable.Contains(record))
                RegistryLog.RecordUnreadable(logger, pod, record.AnnotationKey, InstanceSourceNames.Of(record.Source), LogText.Escaped(record.Reason));
        }
    }

    public void Report()
    {
        for (var source = 0; source < _counts.Length; source++)
            metrics.RegistryUnreadable.Record(_counts[source], new KeyValuePair<string, object?>("source", InstanceSourceNames.All[source]));
    }
}
