using System.Collections.Immutable;
using Gateway.Core.Annotations;
using Gateway.Core.Annotations.Native;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.PodWriting;
using Gateway.Core.Results;

namespace Gateway.Core.Registration;

/// <summary>The annotations that a DELETE, or the end of a lease, changes: the gateway's own keys are removed, readable or not. What others wrote is left to them. Made for one call.</summary>
internal sealed class RemoveEdit(AnnotationOptions options, PodRecordReader reader)
{
    // What earlier plans of this call removed: an attempt whose answer was lost may have done it.
    private ImmutableHashSet<string> _planned = [];

    /// <summary>One registration; none of that id is a success.</summary>
    public PodEdit<IReadOnlyList<string>> PlanOne(Pod pod, RegistrationId id, bool isRepeated)
    {
        if (pod.Metadata.Annotations.ContainsKey(options.KeyOf(id)))
            return Removed([id], isRepeated);
        var foreign = reader.Read(pod).Registrations.FirstOrDefault(record => record.Id == id);
        return foreign is null
            ? Removed([], isRepeated)
            : new Refusal(
                RefusalCodes.Conflict,
                $"The registration {id} is not kept by the gateway (source {InstanceSourceNames.Of(foreign.Source)}) and cannot be deregistered; take it out of service instead.");
    }

    /// <summary>The registration that a client of another registry knows by that id, whatever else knows it; none is a success.</summary>
    public PodEdit<IReadOnlyList<string>> PlanAlias(Pod pod, string protocol, string alias, bool isRepeated)
    {
        List<string> ids = [];
        foreach (var (key, value) in pod.Metadata.Annotations)
        {
            if (options.TryGetId(key, out var id) && NativeFormat.TryRead(pod, id, value, out _)?.ClientOf(protocol)?.Id == alias)
                ids.Add(id);
        }

        return Removed(ids, isRepeated) with { DependsOnRead = true };
    }

    /// <summary>One registration, where it still has a lease; the plan holds only for the pod as it was read.</summary>
    public PodEdit<IReadOnlyList<string>> PlanLapsed(Pod pod, RegistrationId id, bool isRepeated) =>
        reader.Read(pod).Registrations.Any(record => record.Id == id && record.Ttl is not null)
            ? PlanOne(pod, id, isRepeated) with { DependsOnRead = true }
            : Removed([], isRepeated);

    /// <summary>All registrations, except own keys that only override what others wrote: without the key, that instance would be back in rotation.</summary>
    public PodEdit<IReadOnlyList<string>> PlanAll(Pod pod, bool isRepeated)
    {
        var ids = new List<string>();
        foreach (var (key, value) in pod.Metadata.Annotations)
        {
            if (options.TryGetId(key, out var id) && NativeFormat.TryRead(pod, id, value, out _) is not { IsOverlay: true })
                ids.Add(id);
        }

        return Removed(ids, isRepeated);
    }

    private PodEdit<IReadOnlyList<string>> Removed(IReadOnlyList<string> ids, bool isRepeated)
    {
        _planned = isRepeated ? _planned.Union(ids) : [.. ids];
        return new()
        {
            Result = isRepeated ? [.. _planned.Order(StringComparer.Ordinal)] : ids,
            Annotations = ids.ToImmutableDictionary(options.KeyOf, static _ => (string?)null, StringComparer.Ordinal),
        };
    }
}
