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
