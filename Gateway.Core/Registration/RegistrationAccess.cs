using Gateway.Core.Annotations.Records;
using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Core.PodWriting;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Results;
using Gateway.Core.Timing;

namespace Gateway.Core.Registration;

/// <summary>
/// Which pod a call is about, and whether its caller may do this to it (contract, section 4): everything that can be refused before the pod is
/// read. While this replica has not seen the whole cluster, nothing is decided. Keeps no state.
/// </summary>
public sealed class RegistrationAccess(
    CallerResolver resolver, NameRule names, IPodSearch search, RegistryState registry, IClusterView cluster, RegistrationOptions options, TimeProvider time)
{
    private static readonly Refusal NotSynced = new(RefusalCodes.NotSynced, "This replica has not yet seen the whole cluster.");

    /// <summary>The pod that these requests, at least one, register, all of them under names that it may have.</summary>
    internal async Task<Result<TargetPod>> ToRegisterAsync(
        CallerIdentity caller, IReadOnlyList<RegistrationRequest> requests, CancellationToken cancellationToken)
    {
        if (!cluster.HasSynced)
            return Later();
        if (RegisterEdit.Contradiction(requests) is { } contradiction)
            return contradiction;
        var resolved = await resolver.ResolveAsync(caller, requests[0].Pod, CallPurpose.Register, cancellationToken);
        return !resolved.IsRefused(out _) && await names.ForbiddenAsync(resolved.Value, requests, cancellationToken) is { } forbidden
            ? forbidden
            : resolved;
    }

    /// <summary>The pod that the request names, else the caller's own.</summary>
    internal async Task<Result<TargetPod>> ToPodAsync(CallerIdentity caller, PodName? named, CallPurpose purpose, CancellationToken cancellationToken) =>
        cluster.HasSynced ? await resolver.ResolveAsync(caller, named, purpose, cancellationToken) : Later();

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
            var found = await SearchAsync(id, cancellationToken);
            if (found.IsRefused(out var trouble))
                return trouble;
            pod = found.Value;
        }

        var target = await resolver.ResolveAsync(caller, pod, purpose, cancellationToken);
        return target.IsRefused(out var refusal) ? refusal : new LocatedPod(target.Value, shown?.Key);
    }

    /// <summary>The pod as the API server has it now; null: it is not the same any more.</summary>
    internal Task<PodLookup> ReadAsync(TargetPod target) => resolver.ReadAsync(target);

    private async Task<Result<PodName>> SearchAsync(RegistrationId id, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(options.WriteTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            var found = await search.FindAsync(id, both.Token);
            return found is null ? new Refusal(RefusalCodes.NotFound, $"There is no registration {id}.") : found;
        }
        catch (KubernetesApiException trouble)
        {
            return Unavailable(trouble.RetryAfter);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            return Unavailable(null);
        }
    }

    private static Refusal Unavailable(TimeSpan? retryAfter) =>
        new(RefusalCodes.ApiServerUnavailable, "This replica does not know the registration, and the Kubernetes API server could not be searched for it; name its pod (namespace and pod).")
        {
            RetryAfter = retryAfter ?? Jitter.AtLeast(TimeSpan.FromSeconds(2)),
        };

    private static Refusal Later() => NotSynced with { RetryAfter = Jitter.AtLeast(TimeSpan.FromSeconds(1)) };
}

/// <summary>
/// The pod that holds a registration. <paramref name="Shown"/>: the key of the instance with that id, where this replica shows one.
/// </summary>
internal sealed record LocatedPod(TargetPod Target, RegistrationKey? Shown);

/// <summary>Finds the pod that holds a registration which this replica has not seen yet.</summary>
public interface IPodSearch
{
    /// <summary>Null: no watched pod holds it. Failures are those of the API server's client.</summary>
    Task<PodName?> FindAsync(RegistrationId id, CancellationToken cancellationToken);
}
