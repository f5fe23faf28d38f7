using System.Collections.Immutable;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Annotations.Mirrors;

/// <summary>
/// Plans all mirrors of one pod together. The two dubbo-go formats share an annotation and a label, so the one without registrations must
/// not remove what the other writes.
/// </summary>
public static class MirrorPlanner
{
    /// <summary>
    /// One plan for each annotation that a mirror writes, and one for a format that is left out because the other dubbo-go format is
    /// written; plans without changes and without states can be skipped. <paramref name="registrations"/> are all registrations of the pod
    /// after the write.
    /// </summary>
    public static ImmutableArray<MirrorPlan> Plan(Pod pod, IReadOnlyList<MirroredRegistration> registrations)
    {
        var plans = ImmutableArray.CreateBuilder<MirrorPlan>();
        foreach (var formats in MirrorFormats.All.GroupBy(static format => format.AnnotationKey))
            PlanAnnotation(pod, [.. formats], registrations, plans);
        return plans.ToImmutable();
    }

    private static void PlanAnnotation(
        Pod pod, IMirrorFormat[] formats, IReadOnlyList<MirroredRegistration> registrations, ImmutableArray<MirrorPlan>.Builder plans)
    {
        IMirrorFormat? writing = null;
        foreach (var format in formats)
        {
            var records = registrations.Where(item => item.Mirrors.Contains(format.Name)).Select(static item => item.Record).ToList();
            if (records.Count == 0)
                continue;

            if (writing is null)
            {
                writing = format;
                plans.Add(format.Plan(pod, records));
            }
            else
            {
                plans.Add(LeftOut(format, records, $"{writing.Name} is written to this pod; a pod has the label of only one of them"));
            }
        }

        // Either of them can remove what the gateway wrote.
        if (writing is null)
            plans.Add(formats[0].Plan(pod, []));
    }

    private static MirrorPlan LeftOut(IMirrorFormat format, IEnumerable<RegistrationRecord> records, string reason) => new()
    {
        Mirror = format.Name,
        AnnotationKey = format.AnnotationKey,
        States = records.ToImmutableSortedDictionary(static record => record.Id, _ => MirrorState.LeftOut(MirrorCauses.Clash, reason), StringComparer.Ordinal),
    };
}
