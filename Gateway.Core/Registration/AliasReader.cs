using System.Diagnostics.CodeAnalysis;
using Gateway.Core.Annotations;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Projecting;
using Gateway.Core.Results;

namespace Gateway.Core.Registration;

/// <summary>
/// Registrations of the caller's own pod by the ids that clients of other registries gave them, as this replica sees them; an id that it has not seen is
/// read at the API server, since another replica may have acknowledged it a moment ago. Keeps no state.
/// </summary>
public sealed class AliasReader(
    RegistrationAccess access, RegistryState registry, PodRecordReader reader, WriteVisibility visibility, RegistrationLeases leases, GoneAliases gone)
{
    /// <summary>The registration; its record is null where the pod has none of that id.</summary>
    public async Task<Result<AliasedRegistration>> FindAsync(CallerIdentity caller, string protocol, string id, CancellationToken cancellationToken)
    {
        var target = await access.ToPodAsync(caller, null, CallPurpose.Observe, cancellationToken);
        if (target.IsRefused(out var refusal))
            return refusal;
        return Known(target.Value, protocol, id, out var known) ? known : await ReadAsync(target.Value, protocol, id, cancellationToken);
    }

    /// <summary>
    /// A heartbeat of the client: renews the lease of a registration that has one, and writes nothing. The API server is asked only about an id that this
    /// replica has not seen.
    /// </summary>
    public async Task<Result<AliasBeat>> BeatAsync(CallerIdentity caller, string protocol, string id, CancellationToken cancellationToken)
    {
        var resolved = await access.ToPodAsync(caller, null, CallPurpose.Observe, cancellationToken);
        if (resolved.IsRefused(out var refusal))
            return refusal;
        var target = resolved.Value;
        if (target.Known.IsTerminating)
            return AliasBeat.Removed;
        if (!Known(target, protocol, id, out var found))
        {
            if (gone.IsGone(target.Uid, protocol, id))
                return AliasBeat.Removed;
            var live = await ReadAsync(target, protocol, id, cancellationToken);
            if (live.IsRefused(out refusal))
                return refusal;
            found = live.Value;
        }

        if (found.Record is not { } record)
            return found.Pod.IsTerminating ? AliasBeat.Removed : AliasBeat.Unknown;
        await leases.RenewAsync(record, cancellationToken);
        return AliasBeat.Renewed;
    }

    private bool Known(TargetPod target, string protocol, string id, [NotNullWhen(true)] out AliasedRegistration? found)
    {
        found = null;
        var snapshot = registry.Current;
        if (snapshot.RegistrationsOf(target.Namespace, target.Name) is not { } entry || entry.Pod.Metadata.Uid != target.Uid
            || Find(entry.AsRead, protocol, id) is not { } record)
            return false;
        found = new(entry.Pod, record, snapshot.FindInstance(record.Id)?.Instance ?? visibility.InstanceOf(entry.Pod, record));
        return true;
    }

    private async Task<Result<AliasedRegistration>> ReadAsync(TargetPod target, string protocol, string id, CancellationToken cancellationToken)
    {
        var asked = await access.ReadAsync(target, pod => Find(reader.Read(pod), protocol, id) is not null, cancellationToken);
        if (asked.IsRefused(out var refusal))
            return refusal;
        if (asked.Value.Refusal is { } trouble)
            return trouble;
        return asked.Value.Pod is { } pod && Find(reader.Read(pod), protocol, id) is { } record
            ? new AliasedRegistration(pod, record, visibility.InstanceOf(pod, record))
            : new AliasedRegistration(target.Known, null, null);
    }

    private static RegistrationRecord? Find(PodRecords records, string protocol, string id)
    {
        foreach (var record in records.Registrations)
        {
            if (record.ClientOf(protocol) is { } alias && alias.Id == id)
                return record;
        }

        return null;
    }
}

/// <summary>A pod, and its registration of the id that was asked for; null: it has none.</summary>
public sealed record AliasedRegistration(Pod Pod, RegistrationRecord? Record, Instance? Instance);

/// <summary>The outcome of a client's heartbeat.</summary>
public enum AliasBeat
{
    Renewed,

    /// <summary>Deregistered a moment ago, or its pod terminates.</summary>
    Removed,

    Unknown,
}
