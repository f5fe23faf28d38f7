using System.Collections.Immutable;
using Gateway.Core.Annotations.Dubbo;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Annotations.Mirrors;

/// <summary>
/// Writes registrations also in an annotation format that other readers of pods know. Pure: the plan depends only on the arguments, and
/// equal content is equal bytes.
/// </summary>
public interface IMirrorFormat
{
    /// <summary>One of <see cref="MirrorNames"/>.</summary>
    string Name { get; }

    /// <summary>The annotation it writes; two formats may share one.</summary>
    string AnnotationKey { get; }

    /// <summary>
    /// The annotation and label values with which <paramref name="pod"/> shows <paramref name="registrations"/>: all that this mirror
    /// should hold for the pod after the write; an empty list removes the gateway's. With <paramref name="leaveOut"/> all of them are left
    /// out for that reason, and the gateway's existing content is removed.
    /// </summary>
    MirrorPlan Plan(Pod pod, IReadOnlyList<RegistrationRecord> registrations, MirrorState? leaveOut = null);
}

/// <summary>All mirror formats, in the order of <see cref="MirrorNames.All"/>.</summary>
public static class MirrorFormats
{
    // The label value of the other generation: the mirror may have written it before the setting was changed.
    private static readonly ImmutableArray<string> _dubboGoLabels = [DubboKeys.Go14ProviderLabel, DubboKeys.Go15ProviderLabel];

    public static readonly ImmutableArray<IMirrorFormat> All =
    [
        new KeyValueMirror(
            MirrorNames.Generic, DubboKeys.GenericAnnotation, DubboKeys.GenericLabel, DubboKeys.GenericProviderLabel,
            [DubboKeys.GenericProviderLabel], release: null),
        new KeyValueMirror(
            MirrorNames.DubboGo14, DubboKeys.GoAnnotation, DubboKeys.GoLabel, DubboKeys.Go14ProviderLabel, _dubboGoLabels, "dubbo-golang-1.4.5"),
        new KeyValueMirror(
            MirrorNames.DubboGo15, DubboKeys.GoAnnotation, DubboKeys.GoLabel, DubboKeys.Go15ProviderLabel, _dubboGoLabels, "dubbo-golang-1.5.9"),
        new DubboJavaMirror(),
    ];
}

/// <summary>Rules for every mirror: which registrations it may show, and in which order.</summary>
internal static class MirrorRules
{
    /// <summary>
    /// Why no registration of the pod is shown; null when they are. Readers of mirrors check neither phase nor deletion: an instance that
    /// should not be called must not be in the annotation.
    /// </summary>
    public static MirrorState? LeftOutWhole(Pod pod) =>
        pod.IsTerminating ? MirrorState.LeftOut(MirrorCauses.Leaving, "the pod is terminating")
        : pod.IsFinished ? MirrorState.LeftOut(MirrorCauses.Leaving, "the pod has finished")
        : pod.PodIPs.IsDefaultOrEmpty ? MirrorState.LeftOut(MirrorCauses.NoAddress, "the pod has no address yet")
        : null;

    public static MirrorState? LeftOut(RegistrationRecord record) =>
        record.OutOfService != OutOfService.No ? MirrorState.LeftOut(MirrorCauses.OutOfService, "the registration is out of service") : null;

    /// <summary>The earliest first, then by id: stable, so that equal content is equal bytes.</summary>
    public static IEnumerable<RegistrationRecord> InOrder(IEnumerable<RegistrationRecord> registrations) =>
        registrations.Where(static record => !record.IsOverlay)
            .OrderBy(static record => record.RegisteredAt ?? DateTimeOffset.MaxValue).ThenBy(static record => record.Id, StringComparer.Ordinal);
}
