using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Results;

namespace Gateway.Core.Consumers;

/// <summary>Which pod a caller of lookups is: proved by its token, or by its address where that counts and a live GET confirms it; else as its address says. Keeps no state.</summary>
public sealed class ConsumerJudge(CallerResolver callers, IClusterView cluster, IdentityOptions identity)
{
    private const string Scheme = "Bearer ";

    /// <summary>The pod that is proved; null: none is. A refusal: it was not answered, and may be asked again.</summary>
    internal async Task<Result<PodCaller?>> ProveAsync(CallerEvidence evidence, CancellationToken cancellationToken)
    {
        if (!MayBeReviewed(evidence))
            return (PodCaller?)null;
        var identified = await callers.IdentifyAsync(evidence, cancellationToken, ReviewLane.Rechecks);
        if (identified.IsRefused(out var refusal))
            return Unproved(refusal);
        if (identified.Value is not PodCaller pod || pod.Proof == IdentityProof.Token)
            return identified.Value as PodCaller;

        // The cache may be behind: an address is proof only while the pod still has it.
        var confirmed = await callers.ResolveAsync(pod, null, CallPurpose.Change, cancellationToken);
        return confirmed.IsRefused(out refusal) ? Unproved(refusal) : pod;
    }

    /// <summary>The pod whose calls they are now; null: only the address is known.</summary>
    internal ConsumerPod? PodOf(ConsumerCaller caller)
    {
        if (caller.Proved is { Proof: IdentityProof.Token } proved)
        {
            var known = cluster.FindPod(proved.Namespace, proved.Name);
            return new ConsumerPod(
                proved.Namespace, proved.Name, proved.Uid, known is not null && known.Metadata.Uid == proved.Uid ? Workload.Of(known) : proved.Name, IsProved: true);
        }

        if (caller.Address is not { } address)
            return null;
        Pod? found = null;
        foreach (var pod in cluster.PodsByAddress(address))
        {
            if (pod.HostNetwork || pod.Phase != PodPhase.Running || pod.Unreadable)
                continue;
            if (found is not null)
                return null;
            found = pod;
        }

        // The last calls of a pod that has ended since.
        if (found is null)
            return caller.Latest;
        var uid = found.Metadata.Uid;
        if (caller.HasAddress && caller.Proved?.Uid != uid && caller.Latest?.Uid != uid)
            caller.JudgeAgain();
        return new ConsumerPod(found.Metadata.Namespace, found.Metadata.Name, uid, Workload.Of(found), IsProved: caller.Proved?.Uid == uid);
    }

    /// <summary>
    /// Where lookups are open, tokens may be meant for anyone, and their senders asked for no review: what is no token of this gateway's audience is not
    /// reviewed, nor counted as a failure.
    /// </summary>
    private bool MayBeReviewed(in CallerEvidence evidence)
    {
        if (evidence.Authorization.IsDefaultOrEmpty)
            return true;
        if (evidence.Authorization is not [var header] || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return false;
        return TokenClaims.Read(header[Scheme.Length..].Trim())?.Audiences.Contains(identity.Audience, StringComparer.Ordinal) == true;
    }

    private static Result<PodCaller?> Unproved(Refusal refusal) =>
        refusal.Code is RefusalCodes.ApiServerUnavailable or RefusalCodes.Overloaded or RefusalCodes.RateLimited or RefusalCodes.NotSynced ? refusal : (PodCaller?)null;
}
