using System.Collections.Immutable;
using Gateway.Core.Annotations.Dubbo;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Annotations.Mirrors;

/// <summary>
/// Writes the formats <c>generic</c>, <c>dubbo-go-1.4</c> and <c>dubbo-go-1.5</c>: a base64 list of keys, and a label by which readers
/// select pods. One leaf per service and no directories, because dubbo-go readers lose what follows a directory. If the list has a record
/// of another writer, the pod's own SDK maintains it: the gateway's records are removed, the others stay unchanged, and the mirror is off
/// for that pod.
/// </summary>
internal sealed class KeyValueMirror(
    string name, string annotationKey, string labelKey, string labelValue, ImmutableArray<string> replaceableLabels, string? release) : IMirrorFormat
{
    public string Name => name;

    public string AnnotationKey => annotationKey;

    public MirrorPlan Plan(Pod pod, IReadOnlyList<RegistrationRecord> registrations, MirrorState? leaveOut = null)
    {
        var value = pod.Metadata.Annotations.GetValueOrDefault(annotationKey);
        var label = pod.Metadata.Labels.GetValueOrDefault(labelKey);
        var present = KeyValueList.Decode(value ?? "", out var fault);
        var foreign = present.Where(static entry => !IsOurs(entry)).ToList();
        var hasOurs = foreign.Count < present.Length;
        leaveOut ??= MirrorRules.LeftOutWhole(pod);

        if (fault is not null)
            leaveOut = Foreign($"{annotationKey} has another writer's content, which {fault}");
        else if (foreign.Count > 0)
            leaveOut = Foreign($"{annotationKey} has another writer's records");
        else if (label is not null && label != labelValue && (!hasOurs || !replaceableLabels.Contains(label)))
            leaveOut = Foreign($"the label {labelKey} already has the value {label}");

        var leaves = new MirrorLeaves(pod, release, leaveOut);
        foreach (var record in MirrorRules.InOrder(registrations))
            leaves.Add(record);

        if (fault is not null || foreign.Count > 0)
            return With(pod, hasOurs ? KeyValueList.Encode(foreign.Select(static entry => entry.Json)) : value, label, leaves.States);
        if (!leaves.IsEmpty)
            return With(pod, leaves.Encode(), labelValue, leaves.States);
        return hasOurs
            ? With(pod, null, label is not null && replaceableLabels.Contains(label) ? null : label, leaves.States)
            : With(pod, value, label, leaves.States);
    }

    private static MirrorState Foreign(string reason) => MirrorState.LeftOut(MirrorCauses.Foreign, reason);

    private static bool IsOurs(KeyValueEntry entry) =>
        entry.Fault is null && DubboKeyPath.Parse(entry.Key) is { } path && DubboLeaf.Parse(path.Leaf, out _) is { IsOurs: true };

    private MirrorPlan With(Pod pod, string? value, string? label, ImmutableSortedDictionary<string, MirrorState> states) => new()
    {
        Mirror = name,
        AnnotationKey = annotationKey,
        AnnotationValue = value,
        ChangesAnnotation = value != pod.Metadata.Annotations.GetValueOrDefault(annotationKey),
        LabelKey = labelKey,
        LabelValue = label,
        ChangesLabel = label != pod.Metadata.Labels.GetValueOrDefault(labelKey),
        States = states,
    };
}
