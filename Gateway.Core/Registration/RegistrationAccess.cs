using Gateway.Core.Annotations.Records;
using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Results;
using Gateway.Core.Timing;

namespace Gateway.Core.Registration;

/// <summary>
/// Which pod a call is about, and whether its caller may do this to it (contract, section 4): everything that can be refused before the pod is
/// read. While this replica has not seen the whole cluster, nothing is decided. Reads of pods at the API server, for what this replica does not
/// know, are shared and paced.
/// </summary>
public sealed class RegistrationAccess(
    CallerResolver resolver, NameRule names, RegistrationSearch search, MissLimit misses, RegistryState registry, IClusterView cluster, TimeProvider time)
{
    private static readonly TimeSpan ReadPace = TimeSpan.FromMilliseconds(200);
    private static readonly Refusal NotSynced = new(RefusalCodes.NotSynced, "This replica has not yet seen the whole cluster.");

    private readonly PacedCalls<string, PodLookup> _reads = new(ReadPace, time);

    /// <summary>The pod that these requests, at least one, register, all of them under names that it may have.</summary>
    internal async Task<Result<TargetPod>> ToRegisterAsync(
        CallerIdentity caller, IReadOnlyList<RegistrationRequest> requests, CancellationToken cancellationToken)
    {
        if (!cluster.HasSynced)
            return Later();
        if (RegisterEdit.Contradiction(requests) is { } contradiction)
            return contradiction;
        var resolved = await resolver.ResolveAsync(caller, requests[0].Pod, CallPurpose.Register, cancellationToken);
        return !resolved.IsRefused(out _) && await names.ForbiddenAsync(resolved.Value, SaidName.Of(requests), cancellationToken) is { } forbidden
            ? forbidden
            : resolved;
    }

    /// <summary>Why the pod's user may not have the names that the change says; null: it may.</summary>
    internal Task<Refusal?> ForbiddenAsync(TargetPod target, RegistrationChange change, CancellationToken cancellationToken) =>
        names.ForbiddenAsync(target, SaidName.Of(change), cancellationToken);

    /// <summary>The pod that the request names, else the caller's own.</summary>
    internal async Task<Result<TargetPod>> ToPodAsync(CallerIdentity caller, PodName? named, CallPurpose purpose, CancellationToken cancellationToken) =>
        cluster.HasSynced ? await ResolveAsync(caller, named, purpose, cancellationToken) : Later();

    /// <summary>Why the caller may not see what the pods of the namespace have registered; null: it may list these pods.</summary>
    internal async Task<Refusal?> ForbiddenInAsync(CallerIdentity caller, string ns, CancellationToken cancellationToken)
    {
        if (!cluster.HasSynced)
            return Later();
        if (await search.ForbiddenInAsync(caller, ns, cancellationToken) is { } forbidden)
            return forbidden;
        return cluster.WatchesNamespace(ns)
            ? null
            : new Refusal(RefusalCodes.NotWatched, $"The namespace {ns} is not watched by this gateway (Kubernetes:Namespaces).");
    }

    /// <summary>
    /// The pod of a registration: the one that the request names, the one that this replica knows the id of, the caller's own, or, for users, the
    /// one that a search at the API server finds. What this replica knows only selects the pod; its annotations are read live.
    /// </summary>
    internal async Task<Result<LocatedPod>> ToRegistrationAsync(
        CallerIdentity caller, PodName? named, RegistrationId id, CallPurpose purpose, CancellationToken cancellationToken)
    {
        if (!cluster.HasSynced)
            return Later();
        var shown = registry.Current.FindInstance(id)?.Instance;
        var pod = named ?? (shown?.Pod is { } reference ? new PodName(shown.Key.Namespace, reference.Name) : null);
        if (pod is null && caller is UserCaller or AnonymousCaller { MayActForAnyPod: true })
        {
            var found = await search.FindAsync(caller, id, purpose, cancellationToken);
            if (found.IsRefused(out var trouble))
                return trouble;
            pod = found.Value;
        }

        var target = await ResolveAsync(caller, pod, purpose, cancellationToken);
        return target.IsRefused(out var refusal)
            ? refusal
            : new LocatedPod(target.Value, shown is not null && !HasRecord(shown, id) ? shown.Key : null);
    }

    private bool HasRecord(Instance shown, RegistrationId id) =>
        shown.Pod is { } pod && registry.Current.RegistrationsOf(shown.Key.Namespace, pod.Name) is { } entry
        && entry.AsRead.Registrations.Any(record => record.Id == id);

    /// <summary>The pod that a call is about as far as it can be told without asking anyone, for the audit of what was refused; null: it cannot.</summary>
    internal PodName? Concerned(CallerIdentity caller, PodName? named, RegistrationId? id = null) =>
        named
        ?? (id is not null && registry.Current.FindInstance(id)?.Instance is { Pod: { } reference } shown ? new PodName(shown.Key.Namespace, reference.Name) : null)
        ?? (caller as PodCaller)?.Pod;

    /// <summary>
    /// The pod as the API server has it now, if <paramref name="holds"/> what the caller asks for; null: it does not, or is not the same any more.
    /// Who asks for what does not exist is limited.
    /// </summary>
    internal async Task<Result<PodLookup>> ReadAsync(TargetPod target, Func<Pod, bool> holds, CancellationToken cancellationToken)
    {
        if (misses.Take(target.Caller, MissLimit.Read) is { } refusal)
            return refusal;
        var live = await _reads.AskAsync(target.Uid, () => resolver.ReadAsync(target), cancellationToken);
        if (live.Pod is null || !holds(live.Pod))
            return live with { Pod = null };
        misses.GiveBack(target.Caller, MissLimit.Read);
        return live;
    }

    /// <summary>A pod that this replica does not know costs a review and a read, so reading calls for such pods are limited too.</summary>
    private async Task<Result<TargetPod>> ResolveAsync(CallerIdentity caller, PodName? named, CallPurpose purpose, CancellationToken cancellationToken)
    {
        var isGuess = purpose == CallPurpose.Observe && named is not null && (caller as PodCaller)?.Pod != named && cluster.FindPod(named.Namespace, named.Name) is null;
        if (isGuess && misses.Take(caller, MissLimit.Read) is { } refusal)
            return refusal;
        var resolved = await resolver.ResolveAsync(caller, named, purpose, cancellationToken);
        if (isGuess && !resolved.IsRefused(out _))
            misses.GiveBack(caller, MissLimit.Read);
        return resolved;
    }

    private static Refusal Later() => NotSynced with { RetryAfter = Jitter.AtLeast(TimeSpan.FromSeconds(1)) };
}

/// <summary>
/// The pod that holds a registration. <paramref name="Shown"/>: the key of the instance with that id, where this replica shows one that no record
/// in the pod's annotations has, as of an endpoint. Whether a record is there the pod itself tells: this replica may still show one that another has removed.
/// </summary>
internal sealed record LocatedPod(TargetPod Target, RegistrationKey? Shown);
