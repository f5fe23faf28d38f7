using System.Collections.Immutable;
using Gateway.Core.Annotations;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Refusals;

namespace Gateway.Core.Registration;

/// <summary>What DELETE makes of a pod: own keys are removed, readable or not. What others wrote is theirs to remove.</summary>
internal sealed class RemoveEdit(AnnotationOptions options, PodRecordReader reader)
{
    /// <summary>One registration; none of that id is a success.</summary>
    public PodEdit<IReadOnlyList<string>> PlanOne(Pod pod, string id)
    {
        if (pod.Metadata.Annotations.ContainsKey(options.KeyOf(id)))
            return Removed([id]);
        var foreign = reader.Read(pod).Registrations.FirstOrDefault(record => record.Id == id);
        return foreign is null
            ? Removed([])
            : new Refusal(
                RefusalCodes.Conflict,
                $"The registration {id} is not kept by the gateway (source {InstanceSourceName(foreign.Source)}) and cannot be deregistered; take it out of service instead.");
    }

    /// <summary>All registrations; an own key that only overrides what others wrote stays as long as that does.</summary>
    public PodEdit<IReadOnlyList<string>> PlanAll(Pod pod)
    {
        var records = reader.Read(pod);
        var overridden = records.Registrations.Where(static record => record.Source != InstanceSource.Gateway).Select(static record => record.Id)
            .ToHashSet(StringComparer.Ordinal);
        var kept = records.Overlays.Where(overlay => overridden.Contains(overlay.Id)).Select(static overlay => overlay.Id).ToHashSet(StringComparer.Ordinal);
        var ids = new List<string>();
        foreach (var key in pod.Metadata.Annotations.Keys)
        {
            if (options.TryGetId(key, out var id) && !kept.Contains(id))
                ids.Add(id);
        }

        return Removed(ids);
    }

    private static string InstanceSourceName(InstanceSource source) => source == InstanceSource.Declared ? "declared" : "another format";

    private PodEdit<IReadOnlyList<string>> Removed(IReadOnlyList<string> ids) => new()
    {
        Result = ids,
        Annotations = ids.ToImmutableDictionary(options.KeyOf, static _ => (string?)null, StringComparer.Ordinal),
    };
}
