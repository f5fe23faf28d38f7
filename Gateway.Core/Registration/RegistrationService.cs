using System.Collections.Immutable;
using Gateway.Core.Annotations;
using Gateway.Core.Annotations.Mirrors;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Identity;
using Gateway.Core.Leases;
using Gateway.Core.PodWriting;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Projection;
using Gateway.Core.Registry.Revisions;
using Gateway.Core.Results;
using Gateway.Core.Timing;

namespace Gateway.Core.Registration;

/// <summary>
/// The write path, in order: find the pod, check that the caller may act for it and may use the name, plan the annotations, PATCH, wait until
/// the snapshot contains the write. Keeps no state of its own.
/// </summary>
public sealed class RegistrationService(
    CallerResolver resolver,
    RegistrationLocator locator,
    NameRule names,
    PodAnnotationWriter writer,
    WriteVisibility answers,
    RegistryState registry,
    IClusterView cluster,
    ILeaseStore leases,
    IPostLog posts,
    LeaseOptions leaseOptions,
    AnnotationOptions annotations,
    PodRecordReader reader,
    MirrorSettings mirrors,
    RegistrationAudit audit,
    TimeProvider time)
{
    private static readonly Refusal NotSynced = new(RefusalCodes.NotSynced, "This replica has not yet seen the whole cluster.");

    /// <summary>Registers all of <paramref name="requests"/> (at most 200, for one pod) as one PATCH, all or nothing.</summary>
    public async Task<Result<RegistrationOutcome>> RegisterAsync(
        CallerIdentity caller, IReadOnlyList<RegistrationRequest> requests, CancellationToken cancellationToken)
    {
        // The time of the POST is its arrival: it does not confirm a container that restarts while it is being answered.
        var now = time.GetUtcNow();
        var admitted = await AdmitAsync(caller, requests, cancellationToken);
        if (admitted.IsRefused(out var refusal))
            return Refused(caller, "register", requests[0].Pod, refusal);

        var target = admitted.Value;
        var edit = new RegisterEdit(requests, target.ActingForAnother, now, annotations, mirrors, names.IsReserved);
        var done = await writer.WriteAsync(target.Known.Metadata.Key, target.Uid, caller.FairnessKey, edit.Plan, cancellationToken);
        if (done.IsRefused(out refusal))
            return Refused(caller, "register", new PodName(target.Namespace, target.Name), refusal);

        var write = done.Value;
        foreach (var planned in write.Result)
        {
            posts.Note(planned.Record.Id, now);
            await RenewAsync(planned.Record, cancellationToken);
        }

        var ids = write.Result.Select(static planned => planned.Record.Id).ToList();
        audit.Written(caller, "register", write, ids);
        var folded = await answers.WaitUntilVisibleAsync(write.Pod, cancellationToken);
        return Outcome(write, await answers.WaitUntilUpAsync(folded, ids, cancellationToken));
    }

    /// <summary>Merge-patches one registration; <paramref name="named"/> is the pod that the query names, if it does.</summary>
    public async Task<Result<RegistrationOutcome>> UpdateAsync(
        CallerIdentity caller, PodName? named, string id, RegistrationChange change, CancellationToken cancellationToken)
    {
        var located = await LocateAsync(caller, named, id, CallPurpose.Change, cancellationToken);
        if (located.IsRefused(out var refusal))
            return Refused(caller, "update", named, refusal);

        var target = located.Value.Target;
        var edit = new UpdateEdit(id, change, target.ActingForAnother, located.Value.Shown, annotations, reader);
        var done = await writer.WriteAsync(target.Known.Metadata.Key, target.Uid, caller.FairnessKey, edit.Plan, cancellationToken);
        if (done.IsRefused(out refusal))
            return Refused(caller, "update", new PodName(target.Namespace, target.Name), refusal);

        audit.Written(caller, "update", done.Value, [id]);
        return Outcome(done.Value, await answers.WaitUntilVisibleAsync(done.Value.Pod, cancellationToken));
    }

    /// <summary>Removes one registration; one that is gone already is a success.</summary>
    public async Task<Result<DeregistrationOutcome>> DeregisterAsync(
        CallerIdentity caller, PodName? named, string id, CancellationToken cancellationToken)
    {
        var located = await LocateAsync(caller, named, id, CallPurpose.Change, cancellationToken);
        if (located.IsRefused(out var refusal))
        {
            return IsGoneAlready(caller, named, refusal)
                ? new DeregistrationOutcome(null, false)
                : Refused(caller, "deregister", named, refusal);
        }

        return await RemoveAsync(caller, located.Value.Target, new RemoveEdit(annotations, reader), id, cancellationToken);
    }

    /// <summary>Removes all registrations of one pod.</summary>
    public async Task<Result<DeregistrationOutcome>> DeregisterAllAsync(CallerIdentity caller, PodName? named, CancellationToken cancellationToken)
    {
        if (!cluster.HasSynced)
            return Later();
        var resolved = await resolver.ResolveAsync(caller, named, CallPurpose.Change, cancellationToken);
        return resolved.IsRefused(out var refusal)
            ? Refused(caller, "deregister all", named, refusal)
            : await RemoveAsync(caller, resolved.Value, new RemoveEdit(annotations, reader), null, cancellationToken);
    }

    /// <summary>Renews a lease; null: renewed. The API server is called only to find a registration that this replica has not seen.</summary>
    public async Task<Refusal?> HeartbeatAsync(CallerIdentity caller, PodName? named, string id, CancellationToken cancellationToken)
    {
        var located = await LocateAsync(caller, named, id, CallPurpose.Observe, cancellationToken);
        if (located.IsRefused(out var refusal))
            return refusal;

        var target = located.Value.Target;
        var entry = registry.Current.RegistrationsOf(target.Namespace, target.Name);
        var record = entry?.Pod.Metadata.Uid == target.Uid ? Find(entry.Records, id) : null;
        if (record is not { Ttl: not null })
        {
            // Another replica may have acknowledged it, or its ttl, a moment ago.
            var live = await resolver.ReadAsync(target);
            if (live.Refusal is not null)
                return live.Refusal;
            record = live.Pod is null ? null : Find(reader.Read(live.Pod), id);
        }

        if (record is null)
            return new Refusal(RefusalCodes.NotFound, $"The pod {target.Known.Metadata.Key} has no registration {id}; register again.");
        if (record.Ttl is not { } ttl)
            return new Refusal(RefusalCodes.NoLease, $"The registration {id} has no ttl, so there is nothing to renew.");
        if (!leaseOptions.Enabled)
            return LeasesOff([]);
        await leases.RenewAsync(id, TimeSpan.FromSeconds(ttl), cancellationToken);
        return null;
    }

    /// <summary>What one pod has registered, as this replica sees it.</summary>
    public async Task<Result<OwnRegistrations>> OwnAsync(CallerIdentity caller, PodName? named, CancellationToken cancellationToken)
    {
        if (!cluster.HasSynced)
            return Later();
        var resolved = await resolver.ResolveAsync(caller, named, CallPurpose.Observe, cancellationToken);
        if (resolved.IsRefused(out var refusal))
            return refusal;

        var target = resolved.Value;
        var snapshot = registry.Current;
        var entry = snapshot.RegistrationsOf(target.Namespace, target.Name);
        if (entry?.Pod.Metadata.Uid != target.Uid)
            entry = new PodEntry(target.Known, reader.Read(target.Known));
        return new OwnRegistrations(
            [.. entry.Records.Registrations.DistinctBy(static record => record.Id)
                .Select(record => snapshot.FindInstance(record.Id)?.Instance ?? answers.InstanceOf(entry.Pod, record))],
            entry.Records.Unreadable);
    }

    /// <summary>One registration as this replica sees it; for its pod, and for callers that may act for the pod.</summary>
    public async Task<Result<Instance>> FindAsync(CallerIdentity caller, PodName? named, string id, CancellationToken cancellationToken)
    {
        var located = await LocateAsync(caller, named, id, CallPurpose.Observe, cancellationToken);
        if (located.IsRefused(out var refusal))
            return refusal;

        var target = located.Value.Target;
        if (registry.Current.FindInstance(id)?.Instance is { } shown && shown.Pod?.Uid == target.Uid)
            return shown;

        // Another replica may have acknowledged it a moment ago.
        var live = await resolver.ReadAsync(target);
        if (live.Refusal is not null)
            return live.Refusal;
        return live.Pod is { } pod && Find(reader.Read(pod), id) is { } record
            ? answers.InstanceOf(pod, record)
            : new Refusal(RefusalCodes.NotFound, $"The pod {target.Known.Metadata.Key} has no registration {id}.");
    }

    /// <summary>Everything that can be refused before the pod is read.</summary>
    private async Task<Result<TargetPod>> AdmitAsync(CallerIdentity caller, IReadOnlyList<RegistrationRequest> requests, CancellationToken cancellationToken)
    {
        if (!cluster.HasSynced)
            return Later();
        if (Contradiction(requests) is { } contradiction)
            return contradiction;
        var resolved = await resolver.ResolveAsync(caller, requests[0].Pod, CallPurpose.Register, cancellationToken);
        if (resolved.IsRefused(out _))
            return resolved;
        if (await names.ForbiddenAsync(resolved.Value, requests, cancellationToken) is { } forbidden)
            return forbidden;
        if (!leaseOptions.Enabled && requests.Any(static request => request.Ttl is not null))
        {
            return LeasesOff([.. requests.Where(static request => request.Ttl is not null).Select(static request =>
                new Fault(request.Pointer + "/ttl", null, RefusalCodes.LeasesOff, "leases are disabled"))]);
        }

        return resolved;
    }

    /// <summary>Faults that do not depend on the pod: two pods, one registration twice.</summary>
    private static Refusal? Contradiction(IReadOnlyList<RegistrationRequest> requests)
    {
        var faults = ImmutableArray.CreateBuilder<Fault>();
        var seen = new HashSet<RegistrationKey>();
        foreach (var request in requests)
        {
            if (request.Pod != requests[0].Pod)
                faults.Add(Invalid(request.Pointer + "/pod", "all registrations of one call are for one pod"));
            if (!seen.Add(request.KeyIn("")))
                faults.Add(Invalid(request.Pointer, "is the same registration as one before it: service, group, version, protocol and port are equal"));
        }

        return faults.Count == 0
            ? null
            : new Refusal(RefusalCodes.InvalidRegistration, "The registrations contradict each other.") { Faults = faults.ToImmutable() };

        static Fault Invalid(string pointer, string detail) => new(pointer, null, RefusalCodes.InvalidRegistration, detail);
    }

    private async Task<Result<LocatedPod>> LocateAsync(
        CallerIdentity caller, PodName? named, string id, CallPurpose purpose, CancellationToken cancellationToken) =>
        cluster.HasSynced ? await locator.LocateAsync(caller, named, id, purpose, cancellationToken) : Later();

    /// <summary>Null as <paramref name="id"/>: all of the pod's.</summary>
    private async Task<Result<DeregistrationOutcome>> RemoveAsync(
        CallerIdentity caller, TargetPod target, RemoveEdit edit, string? id, CancellationToken cancellationToken)
    {
        var done = await writer.WriteAsync<IReadOnlyList<string>>(
            target.Known.Metadata.Key, target.Uid, caller.FairnessKey,
            (pod, _) => id is null ? edit.PlanAll(pod) : edit.PlanOne(pod, id), cancellationToken);
        if (done.IsRefused(out var refusal))
        {
            return IsGoneAlready(caller, id is null ? new PodName(target.Namespace, target.Name) : null, refusal)
                ? new DeregistrationOutcome(null, false)
                : Refused(caller, "deregister", new PodName(target.Namespace, target.Name), refusal);
        }

        var write = done.Value;
        foreach (var removed in write.Result)
            leases.Forget(removed);
        audit.Written(caller, "deregister", write, write.Result.ToList());
        var folded = await answers.WaitUntilVisibleAsync(write.Pod, cancellationToken);
        return new DeregistrationOutcome(folded.Revision, folded.IsPending);
    }

    /// <summary>The call names a registration by its id alone, and the registration or its pod no longer exists: a success.</summary>
    private static bool IsGoneAlready(CallerIdentity caller, PodName? named, Refusal refusal) =>
        named is null && caller is not PodCaller && refusal.Code is RefusalCodes.PodGone or RefusalCodes.NotFound;

    private async ValueTask RenewAsync(RegistrationRecord record, CancellationToken cancellationToken)
    {
        if (record.Ttl is { } ttl)
            await leases.RenewAsync(record.Id, TimeSpan.FromSeconds(ttl), cancellationToken);
        else
            leases.Forget(record.Id);
    }

    private RegistrationOutcome Outcome(PodWrite<IReadOnlyList<PlannedRegistration>> write, VisiblePod folded) =>
        new(
            [.. write.Result.Select(planned => new RegisteredInstance(
                answers.InstanceOf(folded, planned.Record), planned.IsNew, StatesOf(write.Patch, planned.Record.Id)))],
            folded.Revision,
            folded.IsPending);

    private static ImmutableSortedDictionary<string, MirrorState> StatesOf(PodPatch patch, string id) =>
        patch.Mirrors.Where(plan => plan.States.ContainsKey(id))
            .ToImmutableSortedDictionary(static plan => plan.Mirror, plan => plan.States[id], StringComparer.Ordinal);

    private static RegistrationRecord? Find(PodRecords records, string id)
    {
        foreach (var record in records.Registrations)
        {
            if (record.Id == id)
                return record;
        }

        return null;
    }

    private Refusal Refused(CallerIdentity caller, string verb, PodName? pod, Refusal refusal)
    {
        audit.Refused(caller, verb, pod is null ? null : new(pod.Namespace, pod.Name), refusal);
        return refusal;
    }

    private static Refusal LeasesOff(ImmutableArray<Fault> faults) =>
        new(RefusalCodes.LeasesOff, "Heartbeat leases are disabled here: register without a ttl.") { Faults = faults };

    private static Refusal Later() => NotSynced with { RetryAfter = Jitter.AtLeast(TimeSpan.FromSeconds(1)) };
}
