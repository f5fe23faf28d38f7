using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Annotations.Mirrors;

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
