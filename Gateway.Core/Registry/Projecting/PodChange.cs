using System.Collections.Immutable;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Registry.Projecting;

/// <summary>Decides whether a new version of a pod can affect any service.</summary>
internal static class PodChange
{
    /// <summary>Whether the records read from <paramref name="before"/> are also those of <paramref name="after"/>.</summary>
    public static bool KeepsRecords(Pod before, Pod after) =>
        before.Metadata.PackedUid.Equals(after.Metadata.PackedUid)
        && before.Unreadable == after.Unreadable
        && (before.ReportsSame(after) || before.PodIPs.AsSpan().SequenceEqual(after.PodIPs.AsSpan()))
        && IsSame(before.Metadata.Annotations, after.Metadata.Annotations)
        && IsSame(before.Metadata.Labels, after.Metadata.Labels);

    /// <summary>Whether everything that the projection reads of a pod, except its records, is the same.</summary>
    public static bool LooksSame(Pod before, Pod after) =>
        before.Metadata.PackedUid.Equals(after.Metadata.PackedUid)
        && before.IsTerminating == after.IsTerminating
        && before.IsFinished == after.IsFinished
        && before.Ready == after.Ready
        && before.NodeName == after.NodeName
        && (before.ReportsSame(after)
            || before.PodIPs.AsSpan().SequenceEqual(after.PodIPs.AsSpan()) && IsSame(before.ContainerStatuses, after.ContainerStatuses));

    private static bool IsSame(ImmutableArray<ContainerStatus> before, ImmutableArray<ContainerStatus> after)
    {
        if (before.Length != after.Length)
            return false;
        for (var i = 0; i < before.Length; i++)
        {
            if (!before[i].IsSameRun(after[i]))
                return false;
        }

        return true;
    }

    private static bool IsSame(IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> after)
    {
        if (ReferenceEquals(before, after))
            return true;
        if (before.Count != after.Count)
            return false;
        foreach (var (key, value) in before)
        {
            if (!after.TryGetValue(key, out var other) || other != value)
                return false;
        }

        return true;
    }
}
