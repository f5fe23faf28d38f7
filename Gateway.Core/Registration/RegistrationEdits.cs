using Gateway.Core.Annotations;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Identity;
using Gateway.Core.PodWriting;

namespace Gateway.Core.Registration;

/// <summary>Makes the edits of pods, each with the settings it needs. Keeps no state.</summary>
public sealed class RegistrationEdits(AnnotationOptions annotations, PodRecordReader reader, MirrorSettings mirrors, NameRule names)
{
    /// <param name="now">When the call arrived.</param>
    internal RegisterEdit Register(TargetPod target, IReadOnlyList<RegistrationRequest> requests, DateTimeOffset now) =>
        new(requests, target.ActingForAnother, now, annotations, mirrors, names);

    internal UpdateEdit Update(LocatedPod located, RegistrationId id, RegistrationChange change) =>
        new(id, change, located.Target.ActingForAnother, located.Shown, annotations, reader, names);

    internal RemoveEdit Remove() => new(annotations, reader);
}
