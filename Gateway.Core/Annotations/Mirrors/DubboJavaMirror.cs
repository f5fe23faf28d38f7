using System.Collections.Immutable;
using Gateway.Core.Annotations.Dubbo;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Annotations.Mirrors;

/// <summary>
/// Writes the format <c>dubbo-java</c>: one flat map a pod, hence one application (metadata <c>application</c>, else the service's name)
/// and one port for each protocol. A Dubbo consumer sees an instance only if a Kubernetes Service has the application's name; dubbo and tri
/// consumers also ask the provider's own MetadataService, which an annotation cannot replace.
/// </summary>
internal sealed class DubboJavaMirror : IMirrorFormat
{
    public string Name => MirrorNames.DubboJava;

    public string AnnotationKey => DubboKeys.JavaAnnotation;

    public MirrorPlan Plan(Pod pod, IReadOnlyList<RegistrationRecord> registrations, MirrorState? leaveOut = null)
    {
        var value = pod.Metadata.Annotations.GetValueOrDefault(DubboKeys.JavaAnnotation);
        var isOurs = !string.IsNullOrEmpty(value) && DubboJavaMap.Parse(value, out _)?.ContainsKey(DubboKeys.OwnId) == true;
        leaveOut ??= MirrorRules.LeftOutWhole(pod);
        if (!isOurs && !string.IsNullOrEmpty(value))
            leaveOut = MirrorState.LeftOut(MirrorCauses.Foreign, $"{DubboKeys.JavaAnnotation} has another writer's content");

        var (written, states) = Choose(registrations, leaveOut);
        if (written.Count > 0)
            value = DubboJavaWriter.Write(written);
        else if (isOurs)
            value = null;
        return new()
        {
            Mirror = Name,
            AnnotationKey = DubboKeys.JavaAnnotation,
            AnnotationValue = value,
            ChangesAnnotation = value != pod.Metadata.Annotations.GetValueOrDefault(DubboKeys.JavaAnnotation),
            States = states,
        };
    }

    private static (List<RegistrationRecord>, ImmutableSortedDictionary<string, MirrorState>) Choose(
        IReadOnlyList<RegistrationRecord> registrations, MirrorState? leaveOut)
    {
        var states = ImmutableSortedDictionary.CreateBuilder<string, MirrorState>(StringComparer.Ordinal);
        var written = new List<RegistrationRecord>();
        foreach (var record in MirrorRules.InOrder(registrations))
        {
            var left = leaveOut ?? MirrorRules.LeftOut(record) ?? Unfit(record, written);
            states[record.Id] = left ?? MirrorState.Written;
            if (left is null)
                written.Add(record);
        }

        return (written, states.ToImmutable());
    }

    private static MirrorState? Unfit(RegistrationRecord record, List<RegistrationRecord> written)
    {
        if (written.Count == 0)
            return null;
        var application = DubboJavaWriter.ApplicationOf(written[0]);
        if (DubboJavaWriter.ApplicationOf(record) != application)
            return MirrorState.LeftOut(MirrorCauses.Unfit, $"the application {application} is written; this format holds one for each pod");
        return written.Exists(other => other.Key.Protocol == record.Key.Protocol && other.Key.Port != record.Key.Port)
            ? MirrorState.LeftOut(MirrorCauses.Unfit, $"another port of the protocol {record.Key.Protocol} is written; this format holds one")
            : null;
    }
}
