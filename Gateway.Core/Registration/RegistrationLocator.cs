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
/// Which pod a registration id names (contract, section 4): the pod that the request names, the one this replica knows the id of, the
/// caller's own, or, for users, the one that a search at the API server finds. What this replica knows only selects the pod; its annotations
/// are read live.
/// </summary>
public sealed class RegistrationLocator(CallerResolver resolver, RegistryState registry, IPodSearch search, RegistrationOptions options, TimeProvider time)
{
    internal async Task<Result<LocatedPod>> LocateAsync(
        CallerIdentity caller, PodName? named, string id, CallPurpose purpose, CancellationToken cancellationToken)
    {
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

    private async Task<Result<PodName>> SearchAsync(string id, CancellationToken cancellationToken)
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
}

/// <summary>
/// The pod that holds a registration. <paramref name="Shown"/>: the key of the instance with that id, where this replica shows one.
/// </summary>
internal sealed record LocatedPod(TargetPod Target, RegistrationKey? Shown);

/// <summary>Finds the pod that holds a registration which this replica has not seen yet.</summary>
public interface IPodSearch
{
    /// <summary>Null: no watched pod holds it. Failures are those of the API server's client.</summary>
    Task<PodName?> FindAsync(string id, CancellationToken cancellationToken);
}
