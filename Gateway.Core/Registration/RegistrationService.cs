using System.Collections.Immutable;
using Gateway.Core.Annotations.Mirrors;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.PodWriting;
using Gateway.Core.Results;

namespace Gateway.Core.Registration;

/// <summary>
/// The write path, in order: which pod, and may the caller do this to it; plan the annotations, PATCH, audit, wait until the snapshot contains
/// the write. Keeps no state of its own.
/// </summary>
public sealed class RegistrationService(
    RegistrationAccess access, RegistrationEdits edits, PodAnnotationWriter writer, RegistrationLeases leases, WriteVisibility visibility,
    RegistrationAudit audit, TimeProvider time)
{
    private const string Register = "register";
    private const string Update = "update";
    private const string Deregister = "deregister";
    private const string DeregisterAll = "deregister all";

    /// <summary>Registers all of <paramref name="requests"/> (at most 200, for one pod) as one PATCH, all or nothing.</summary>
    public async Task<Result<RegistrationOutcome>> RegisterAsync(
        CallerIdentity caller, IReadOnlyList<RegistrationRequest> requests, CancellationToken cancellationToken)
    {
        // The time of the POST is its arrival: it does not confirm a container that restarts while it is being answered.
        var now = time.GetUtcNow();
        var admitted = await access.ToRegisterAsync(caller, requests, cancellationToken);
        if (admitted.IsRefused(out var refusal) || (refusal = leases.Refused(requests)) is not null)
            return Refused(caller, Register, access.Concerned(caller, requests[0].Pod), refusal);

        var done = await WriteAsync(caller, Register, admitted.Value, edits.Register(admitted.Value, requests, now).Plan, cancellationToken);
        if (done.IsRefused(out refusal))
            return refusal;

        var write = done.Value;
        var ids = write.Result.Select(static planned => planned.Record.Id).ToList();
        audit.Written(caller, Register, write, ids);

        // Stored: noted and renewed whether the caller is still there or not; it only waits for that.
        await leases.PostedAsync(write.Result.Select(static planned => planned.Record), now).WaitAsync(cancellationToken);
        var visible = await visibility.WaitUntilVisibleAsync(write.Pod, cancellationToken);
        return Outcome(write, await visibility.WaitUntilUpAsync(visible, ids, cancellationToken));
    }

    /// <summary>Merge-patches one registration; <paramref name="named"/> is the pod that the query names, if it does.</summary>
    public async Task<Result<RegistrationOutcome>> UpdateAsync(
        CallerIdentity caller, PodName? named, RegistrationId id, RegistrationChange change, CancellationToken cancellationToken)
    {
        var located = await access.ToRegistrationAsync(caller, named, id, CallPurpose.Change, cancellationToken);
        if (located.IsRefused(out var refusal) || (refusal = await access.ForbiddenAsync(located.Value.Target, change, cancellationToken)) is not null)
            return Refused(caller, Update, access.Concerned(caller, named, id), refusal);

        var done = await WriteAsync(caller, Update, located.Value.Target, edits.Update(located.Value, id, change).Plan, cancellationToken);
        if (done.IsRefused(out refusal))
            return refusal;

        audit.Written(caller, Update, done.Value, [id]);
        return Outcome(done.Value, await visibility.WaitUntilVisibleAsync(done.Value.Pod, cancellationToken));
    }

    /// <summary>Removes one registration; one that is gone already is a success.</summary>
    public async Task<Result<DeregistrationOutcome>> DeregisterAsync(
        CallerIdentity caller, PodName? named, RegistrationId id, CancellationToken cancellationToken)
    {
        var located = await access.ToRegistrationAsync(caller, named, id, CallPurpose.Remove, cancellationToken);
        if (located.IsRefused(out var refusal))
        {
            var concerned = access.Concerned(caller, named, id);
            return IsGoneAlready(caller, named, refusal) ? GoneAlready(caller, concerned, id) : Refused(caller, Deregister, concerned, refusal);
        }

        var edit = edits.Remove();
        return await RemoveAsync(caller, located.Value.Target, (pod, isRepeated) => edit.PlanOne(pod, id, isRepeated), id, cancellationToken);
    }

    /// <summary>Removes the registration of the caller's own pod that a client of another registry knows by that id. False: there was none.</summary>
    public async Task<Result<bool>> DeregisterAliasAsync(CallerIdentity caller, string protocol, string alias, CancellationToken cancellationToken)
    {
        var resolved = await access.ToPodAsync(caller, null, CallPurpose.Remove, cancellationToken);
        if (resolved.IsRefused(out var refusal))
            return Refused(caller, Deregister, access.Concerned(caller, null), refusal);
        var edit = edits.Remove();
        IReadOnlyList<string> removed = [];
        var done = await RemoveAsync(
            caller, resolved.Value, (pod, isRepeated) =>
            {
                var planned = edit.PlanAlias(pod, protocol, alias, isRepeated);
                removed = planned.Result!;
                return planned;
            },
            null, cancellationToken, Deregister);
        return done.IsRefused(out refusal) ? refusal : removed.Count > 0;
    }

    /// <summary>Removes all registrations of one pod.</summary>
    public async Task<Result<DeregistrationOutcome>> DeregisterAllAsync(CallerIdentity caller, PodName? named, CancellationToken cancellationToken)
    {
        var resolved = await access.ToPodAsync(caller, named, CallPurpose.Remove, cancellationToken);
        if (resolved.IsRefused(out var refusal))
            return Refused(caller, DeregisterAll, access.Concerned(caller, named), refusal);

        var edit = edits.Remove();
        return await RemoveAsync(caller, resolved.Value, edit.PlanAll, null, cancellationToken);
    }

    /// <param name="caller">Who removes.</param>
    /// <param name="target">The pod; one that has finished too.</param>
    /// <param name="plan">What is removed.</param>
    /// <param name="id">The registration; null: all of the pod.</param>
    /// <param name="cancellationToken">The call's.</param>
    /// <param name="verb">The audit's name, where no id is known.</param>
    private async Task<Result<DeregistrationOutcome>> RemoveAsync(
        CallerIdentity caller, TargetPod target, Func<Pod, bool, PodEdit<IReadOnlyList<string>>> plan, RegistrationId? id, CancellationToken cancellationToken,
        string verb = DeregisterAll)
    {
        var pod = new PodName(target.Namespace, target.Name);
        var done = await writer.WriteAsync(target.Known, caller.FairnessKey, plan, cancellationToken, evenIfFinished: true);
        if (done.IsRefused(out var refusal))
        {
            return id is not null && IsGoneAlready(caller, null, refusal)
                ? GoneAlready(caller, pod, id)
                : Refused(caller, id is null ? verb : Deregister, pod, refusal);
        }

        var write = done.Value;
        audit.Written(caller, Deregister, write, id is null ? [.. write.Result] : [id]);
        foreach (var removed in write.Result)
            leases.Removed(removed);
        var visible = await visibility.WaitUntilVisibleAsync(write.Pod, cancellationToken);
        return new DeregistrationOutcome(visible.Revision, visible.IsPending);
    }

    private DeregistrationOutcome GoneAlready(CallerIdentity caller, PodName? pod, RegistrationId id)
    {
        audit.GoneAlready(caller, Deregister, pod is null ? null : new(pod.Namespace, pod.Name), id);
        return DeregistrationOutcome.GoneAlready;
    }

    /// <summary>The call names a registration by its id alone, and the registration or its pod no longer exists: a success.</summary>
    private static bool IsGoneAlready(CallerIdentity caller, PodName? named, Refusal refusal) =>
        named is null && caller is not PodCaller && refusal.Code is RefusalCodes.PodGone or RefusalCodes.NotFound;

    private async Task<Result<PodWrite<T>>> WriteAsync<T>(
        CallerIdentity caller, string verb, TargetPod target, Func<Pod, bool, PodEdit<T>> plan, CancellationToken cancellationToken)
        where T : class
    {
        var done = await writer.WriteAsync(target.Known, caller.FairnessKey, plan, cancellationToken);
        return done.IsRefused(out var refusal) ? Refused(caller, verb, new PodName(target.Namespace, target.Name), refusal) : done;
    }

    private RegistrationOutcome Outcome(PodWrite<IReadOnlyList<PlannedRegistration>> write, VisiblePod visible) =>
        new(
            [.. write.Result.Select(planned => Registered(write, visible, planned))],
            visible.Revision,
            visible.IsPending);

    private RegisteredInstance Registered(PodWrite<IReadOnlyList<PlannedRegistration>> write, VisiblePod visible, PlannedRegistration planned)
    {
        var instance = visibility.InstanceOf(visible, planned.Record);
        return new(instance, planned.IsNew, StatesOf(write.Patch, planned.Record.Id)) { Warnings = visibility.WarningsOf(visible, instance) };
    }

    private static ImmutableSortedDictionary<string, MirrorState> StatesOf(PodPatch patch, string id) =>
        patch.Mirrors.Where(plan => plan.States.ContainsKey(id))
            .ToImmutableSortedDictionary(static plan => plan.Mirror, plan => plan.States[id], StringComparer.Ordinal);

    private Refusal Refused(CallerIdentity caller, string verb, PodName? pod, Refusal refusal)
    {
        audit.Refused(caller, verb, pod is null ? null : new(pod.Namespace, pod.Name), refusal);
        return refusal;
    }
}
