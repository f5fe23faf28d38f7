using System.Collections.Concurrent;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Core.PodWriting;
using Gateway.Core.Results;
using Gateway.Core.Timing;

namespace Gateway.Core.Registration;

/// <summary>
/// The search for a registration by its id alone: only for callers who may list the pods that it goes through, within their limit of misses. What
/// was not found is remembered for <see cref="KeepMiss"/>, but only for calls that change nothing: a cached miss must not make a DELETE succeed.
/// Written by the calls that search.
/// </summary>
public sealed class RegistrationSearch(IPodSearch search, AccessReviewer reviewer, MissLimit misses, RegistrationOptions options, TimeProvider time)
{
    private const int MaxRemembered = 10_000;

    internal static readonly TimeSpan KeepMiss = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<RegistrationId, DateTimeOffset> _missing = new();

    /// <summary>The pod that holds the registration.</summary>
    internal async Task<Result<PodName>> FindAsync(CallerIdentity caller, RegistrationId id, CallPurpose purpose, CancellationToken cancellationToken)
    {
        if (await ForbiddenAsync(caller, cancellationToken) is { } forbidden)
            return forbidden;
        if (purpose == CallPurpose.Observe && _missing.TryGetValue(id, out var until) && until > time.GetSteadyNow())
            return NotFound(id);
        if (misses.Take(caller, MissLimit.Search) is { } refusal)
            return refusal;

        using var deadline = new CancellationTokenSource(options.WriteTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            var asked = time.GetSteadyNow();
            var found = await search.FindAsync(id, both.Token);
            if (found is null)
            {
                Remember(id, asked + KeepMiss);
                return NotFound(id);
            }

            misses.GiveBack(caller, MissLimit.Search);
            return found;
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

    /// <summary>Why the caller may not see the pods of a namespace; null: it may list them.</summary>
    internal async Task<Refusal?> ForbiddenInAsync(CallerIdentity caller, string ns, CancellationToken cancellationToken)
    {
        if (caller is AnonymousCaller { MayActForAnyPod: true })
            return null;
        if (((caller as UserCaller)?.User ?? (caller as PodCaller)?.User) is not { } user)
            return new Refusal(RefusalCodes.Forbidden, $"What all pods of {ns} have registered is for those who may list its pods: send their token.");
        var verdict = await reviewer.MayListPodsAsync(user, ns, cancellationToken);
        if (verdict.IsRefused(out var refusal))
            return refusal;
        return verdict.Value ? null : new Refusal(RefusalCodes.Forbidden, $"{user.Username} may not list the pods of {ns}.");
    }

    private async Task<Refusal?> ForbiddenAsync(CallerIdentity caller, CancellationToken cancellationToken)
    {
        if (caller is not UserCaller { User: { } user })
            return null;
        foreach (var ns in search.Namespaces.DefaultIfEmpty(""))
        {
            var verdict = await reviewer.MayListPodsAsync(user, ns, cancellationToken);
            if (verdict.IsRefused(out var refusal))
                return refusal;
            if (!verdict.Value)
                return new Refusal(RefusalCodes.Forbidden, $"This replica does not know the registration, and {user.Username} may not list pods to search for it; name its pod (namespace and pod).");
        }

        return null;
    }

    private void Remember(RegistrationId id, DateTimeOffset until)
    {
        if (_missing.Count >= MaxRemembered)
            _missing.Clear();
        _missing[id] = until;
    }

    private static Refusal NotFound(RegistrationId id) => new(RefusalCodes.NotFound, $"There is no registration {id}.");

    private static Refusal Unavailable(TimeSpan? retryAfter) =>
        new(RefusalCodes.ApiServerUnavailable, "This replica does not know the registration, and the Kubernetes API server could not be searched for it; name its pod (namespace and pod).")
        {
            RetryAfter = retryAfter ?? Jitter.AtLeast(TimeSpan.FromSeconds(2)),
        };
}

/// <summary>Finds the pod that holds a registration which this replica has not seen yet.</summary>
public interface IPodSearch
{
    /// <summary>The namespaces that a search goes through; empty: all.</summary>
    IReadOnlyCollection<string> Namespaces { get; }

    /// <summary>Null: no watched pod holds it. Failures are those of the API server's client.</summary>
    Task<PodName?> FindAsync(RegistrationId id, CancellationToken cancellationToken);
}
