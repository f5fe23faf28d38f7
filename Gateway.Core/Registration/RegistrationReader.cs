using Gateway.Core.Annotations;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.PodWriting;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Results;

namespace Gateway.Core.Registration;

/// <summary>
/// What pods have registered, as this replica sees it; a registration that it has not seen is read at the API server, since another replica may
/// have acknowledged it a moment ago. Keeps no state.
/// </summary>
public sealed class RegistrationReader(RegistrationAccess access, RegistryState registry, PodRecordReader reader, PodPlanner planner, WriteVisibility visibility)
{
    /// <summary>What one pod has registered.</summary>
    public async Task<Result<IReadOnlyList<PodRegistrations>>> OwnAsync(CallerIdentity caller, PodName? named, CancellationToken cancellationToken)
    {
        var resolved = await access.ToPodAsync(caller, named, CallPurpose.Observe, cancellationToken);
        if (resolved.IsRefused(out var refusal))
            return refusal;

        var target = resolved.Value;
        var snapshot = registry.Current;
        var entry = snapshot.RegistrationsOf(target.Namespace, target.Name);
        if (entry?.Pod.Metadata.Uid != target.Uid)
            entry = new PodEntry(target.Known, reader.Read(target.Known));
        return new[] { RegistrationsOf(snapshot, entry) };
    }

    /// <summary>What the pods of a namespace have registered, in the order of their names, for those who may list these pods.</summary>
    public async Task<Result<IReadOnlyList<PodRegistrations>>> OfNamespaceAsync(CallerIdentity caller, string ns, CancellationToken cancellationToken)
    {
        if (await access.ForbiddenInAsync(caller, ns, cancellationToken) is { } forbidden)
            return forbidden;
        var snapshot = registry.Current;
        return snapshot.Pods.Where(one => one.Key.Namespace == ns)
            .OrderBy(static one => one.Key.Name, StringComparer.Ordinal)
            .Select(one => RegistrationsOf(snapshot, one.Value))
            .ToArray();
    }

    private PodRegistrations RegistrationsOf(RegistrySnapshot snapshot, PodEntry entry)
    {
        var pod = entry.Pod.Metadata;
        return new PodRegistrations(
            new PodName(pod.Namespace, pod.Name),
            pod.Uid,
            [.. entry.Records.Registrations.DistinctBy(static record => record.Id)
                .Select(record => snapshot.FindInstance(record.Id)?.Instance ?? visibility.InstanceOf(entry.Pod, record))],
            [.. entry.Records.Unreadable, .. entry.Records.Reserved.Select(Report)])
        { Mirrors = planner.MirrorsOf(entry.Pod) };
    }

    /// <summary>One registration; for its pod, and for callers that may act for the pod.</summary>
    public async Task<Result<Instance>> FindAsync(CallerIdentity caller, PodName? named, RegistrationId id, CancellationToken cancellationToken)
    {
        var located = await access.ToRegistrationAsync(caller, named, id, CallPurpose.Observe, cancellationToken);
        if (located.IsRefused(out var refusal))
            return refusal;

        var target = located.Value.Target;
        if (registry.Current.FindInstance(id)?.Instance is { } shown && shown.Pod?.Uid == target.Uid)
            return shown;
        var live = await ReadAsync(target, id, cancellationToken);
        return live.IsRefused(out refusal) ? refusal : visibility.InstanceOf(live.Value.Pod, live.Value.Record);
    }

    /// <summary>The pod's registration as this replica has it; null: it has none of that id.</summary>
    internal RegistrationRecord? Known(TargetPod target, RegistrationId id)
    {
        var entry = registry.Current.RegistrationsOf(target.Namespace, target.Name);
        return entry?.Pod.Metadata.Uid == target.Uid ? Find(entry.AsRead, id) : null;
    }

    private UnreadableRecord Report(ReservedRecord reserved) => new(
        reserved.Record.Source, reader.KeyOf(reserved.Record), reserved.Record.Id,
        $"{RefusalCodes.NameReserved}: {reserved.Name} is the name of a Service that does not select the pod; {reserved.Effect}");

    /// <summary>The pod's registration as the API server has it.</summary>
    internal async Task<Result<(Pod Pod, RegistrationRecord Record)>> ReadAsync(TargetPod target, RegistrationId id, CancellationToken cancellationToken)
    {
        var asked = await access.ReadAsync(target, pod => Find(reader.Read(pod), id) is not null, cancellationToken);
        if (asked.IsRefused(out var refusal))
            return refusal;
        var live = asked.Value;
        if (live.Refusal is not null)
            return live.Refusal;
        return live.Pod is { } pod && Find(reader.Read(pod), id) is { } record
            ? (pod, record)
            : new Refusal(RefusalCodes.NotFound, $"The pod {target.Known.Metadata.Key} has no registration {id}.");
    }

    private static RegistrationRecord? Find(PodRecords records, string id)
    {
        foreach (var record in records.Registrations)
        {
            if (record.Id == id)
                return record;
        }

        return null;
    }
}
