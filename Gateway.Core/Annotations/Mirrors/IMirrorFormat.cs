using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Annotations.Mirrors;

/// <summary>
/// Writes registrations once more, in an annotation format that other readers of pods know. Pure: what is planned depends on nothing but
/// the arguments, and equal content is equal bytes.
/// </summary>
public interface IMirrorFormat
{
    /// <summary>One of <see cref="MirrorNames"/>.</summary>
    string Name { get; }

    /// <summary>The annotation it writes; two formats may share one.</summary>
    string AnnotationKey { get; }

    /// <summary>
    /// What the annotation and the label of <paramref name="pod"/> should be so that they show <paramref name="registrations"/> (all that this
    /// mirror is to hold for the pod, as they will stand after the write; none takes ours away). With <paramref name="leaveOut"/> all
    /// of them are left out for that reason and what stands of ours is taken away.
    /// </summary>
    MirrorPlan Plan(Pod pod, IReadOnlyList<RegistrationRecord> registrations, MirrorState? leaveOut = null);
}
