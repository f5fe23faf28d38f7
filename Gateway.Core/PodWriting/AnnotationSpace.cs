using System.Text;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Results;

namespace Gateway.Core.PodWriting;

/// <summary>How much room a pod's annotations have left (contract, section 2, annotation space). A write that makes them smaller always fits.</summary>
internal sealed class AnnotationSpace(AnnotationOptions options)
{
    /// <summary>Keys and values of own registrations, in UTF-8 bytes.</summary>
    public int OwnBytes(Pod pod) => pod.Metadata.Annotations.Sum(entry => options.IsKeyOfId(entry.Key) ? BytesOf(entry.Key, entry.Value) : 0);

    private int OwnKeys(Pod pod) => pod.Metadata.Annotations.Keys.Count(options.IsKeyOfId);

    /// <summary>
    /// Why the pod cannot become <paramref name="after"/>; null: it fits. <paramref name="reclaimable"/> bytes of both belong to mirrors, which are
    /// left out where space is short. A change of status may use all that the cluster gives: a pod that cannot leave rotation harms its callers.
    /// </summary>
    public Refusal? Exceeded(Pod before, Pod after, int reclaimable = 0, bool isStatusChange = false)
    {
        var most = isStatusChange ? AnnotationOptions.ClusterBytesLimit : AnnotationOptions.TotalBytesLimit;
        var (countBefore, count) = (OwnKeys(before), OwnKeys(after));
        if (count > PodRecordsBuilder.MaxRecords && count > countBefore)
        {
            return Full($"{after.Metadata.Key} would have {count} own records; at most {PodRecordsBuilder.MaxRecords} of a pod are read, and {countBefore} are there.");
        }

        var total = after.Metadata.AnnotationBytes - reclaimable;
        var (ownBefore, own) = (OwnBytes(before), OwnBytes(after));
        if (own > options.MaxBytesPerPod && own > ownBefore && !isStatusChange)
        {
            return Full($"Registrations of {after.Metadata.Key} would take {own} bytes of annotations; Registry:MaxBytesPerPod allows {options.MaxBytesPerPod} and {ownBefore} are taken.");
        }

        return total > most && total > before.Metadata.AnnotationBytes - reclaimable
            ? Full($"All annotations of {after.Metadata.Key} would take {total} bytes; nothing is written past {most}, and {before.Metadata.AnnotationBytes - reclaimable} are taken.")
            : null;
    }

    /// <summary>The pod with these annotations changed (null: removed).</summary>
    public static Pod With(Pod pod, IEnumerable<KeyValuePair<string, string?>> changes)
    {
        var annotations = new Dictionary<string, string>(pod.Metadata.Annotations, StringComparer.Ordinal);
        var bytes = pod.Metadata.AnnotationBytes;
        foreach (var (key, value) in changes)
        {
            if (annotations.Remove(key, out var old))
                bytes -= BytesOf(key, old);
            if (value is null)
                continue;
            annotations[key] = value;
            bytes += BytesOf(key, value);
        }

        return pod with { Metadata = pod.Metadata with { Annotations = annotations, AnnotationBytes = bytes } };
    }

    public static Refusal Full(string detail) => new(RefusalCodes.AnnotationsFull, detail);

    private static int BytesOf(string key, string value) => Encoding.UTF8.GetByteCount(key) + Encoding.UTF8.GetByteCount(value);
}
