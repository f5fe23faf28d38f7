using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Annotations.Mirrors;

/// <summary>What holds for every mirror: which registrations it may show, and in which order several of a pod are taken.</summary>
internal static class MirrorRules
{
    /// <summary>
    /// Why no registration of the pod is shown; null when they are. Readers of mirrors know neither phase nor deletion: what should not be
    /// called must not stand there.
    /// </summary>
    public static string? LeftOutWhole(Pod pod) =>
        pod.IsTerminating ? "the pod is terminating"
        : pod.IsFinished ? "the pod has finished"
        : pod.PodIPs.IsDefaultOrEmpty ? "the pod has no address yet"
        : null;

    public static string? LeftOut(RegistrationRecord record) =>
        record.OutOfService != OutOfService.No ? "the registration is out of service" : null;

    /// <summary>The earliest first, then by id: stable, so that equal content is equal bytes.</summary>
    public static IEnumerable<RegistrationRecord> InOrder(IEnumerable<RegistrationRecord> registrations) =>
        registrations.Where(static record => !record.IsOverlay)
            .OrderBy(static record => record.RegisteredAt ?? DateTimeOffset.MaxValue).ThenBy(static record => record.Id, StringComparer.Ordinal);
}
