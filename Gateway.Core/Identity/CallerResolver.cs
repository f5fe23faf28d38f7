using System.Net;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Results;

namespace Gateway.Core.Identity;

/// <summary>Applies the rules of the contract's section 4 in order. Keeps no state of its own.</summary>
public sealed class CallerResolver(
    IdentityOptions options,
    TokenAuthenticator tokens,
    SourceAddressIdentifier addresses,
    ClientAddressReader clients,
    AccessReviewer access,
    IClusterView cluster,
    LivePods pods)
{
    private const string Scheme = "Bearer ";

    /// <summary>Rules 1, 2 and 4: who is calling. A caller without proof is not refused here: <see cref="AnonymousCaller"/>.</summary>
    public async Task<Result<CallerIdentity>> IdentifyAsync(
        CallerEvidence evidence, CancellationToken cancellationToken, ReviewLane lane = ReviewLane.Calls)
    {
        if (evidence.Authorization.IsDefaultOrEmpty)
            return IdentifyWithoutToken(evidence);
        var source = SourceOf(evidence);
        var identified = await IdentifyTokenAsync(evidence, source, lane, cancellationToken);
        return identified.IsRefused(out _) ? identified : identified.Value with { RemoteAddress = source };
    }

    /// <summary>As <see cref="IdentifyHeartbeatAsync"/>, for what memory alone can say; null: a token has to be reviewed.</summary>
    public Result<CallerIdentity>? IdentifyAtOnce(in CallerEvidence evidence)
    {
        if (evidence.Authorization.IsDefaultOrEmpty)
            return IdentifyWithoutToken(evidence);
        return tokens.RecallPod(TokenTextOf(evidence)) is { } caller ? caller with { RemoteAddress = SourceOf(evidence) } : (Result<CallerIdentity>?)null;
    }

    /// <summary>As <see cref="IdentifyAsync"/>, for heartbeats: a token that was accepted needs no other review while its pod lives.</summary>
    public Task<Result<CallerIdentity>> IdentifyHeartbeatAsync(CallerEvidence evidence, CancellationToken cancellationToken) =>
        tokens.RecallPod(TokenTextOf(evidence)) is { } caller
            ? Task.FromResult<Result<CallerIdentity>>(caller with { RemoteAddress = SourceOf(evidence) })
            : IdentifyAsync(evidence, cancellationToken);

    /// <summary>The pod a call is about: the caller's own, or the named one where the caller may act for it (rule 3).</summary>
    public async Task<Result<TargetPod>> ResolveAsync(CallerIdentity caller, PodName? named, CallPurpose purpose, CancellationToken cancellationToken)
    {
        if (caller is PodCaller self && (named is null || named == self.Pod))
            return await ResolveOwnAsync(self, purpose);
        if (named is null)
            return new Refusal(RefusalCodes.PodRequired, caller is UserCaller user
                ? $"The token of {user.User.Username} is valid, but bound to no pod. {options.BindingHint()}"
                : "The caller is no pod, and the request names none: add namespace and pod (to the body of a POST, else to the query), or send the pod's token.");
        if (caller is PodCaller other && await GoneAsync(other) is { } gone)
            return gone;
        if (await ForbiddenAsync(caller, named, cancellationToken) is { } forbidden)
            return forbidden;

        var lookup = await FindAsync(caller, named, null, purpose == CallPurpose.Remove);
        if (lookup.Refusal is not null)
            return lookup.Refusal;
        return Terminating(lookup.Pod!, purpose) ?? (Result<TargetPod>)new TargetPod(lookup.Pod!, caller, ActingForAnother: true);
    }

    /// <summary>Whether a call that has waited still comes from its caller, who may still act for that pod. Null: yes.</summary>
    public async Task<Refusal?> ConfirmAsync(CallerEvidence evidence, PodName pod, CancellationToken cancellationToken)
    {
        var identified = await IdentifyAsync(evidence, cancellationToken);
        if (identified.IsRefused(out var refusal))
            return refusal;
        return identified.Value is PodCaller self && self.Pod == pod ? null : await ForbiddenAsync(identified.Value, pod, cancellationToken);
    }

    /// <summary>The target as the API server has it now; refused if it is not the same pod.</summary>
    public async Task<PodLookup> ReadAsync(TargetPod target)
    {
        var live = await pods.GetAsync(target.Namespace, target.Name, target.Caller.FairnessKey);
        return live.Pod is null || live.Pod.Metadata.Uid == target.Uid ? live : default;
    }

    private Result<CallerIdentity> IdentifyWithoutToken(in CallerEvidence evidence)
    {
        var source = SourceOf(evidence);
        if (!options.SourceAddress)
            return new AnonymousCaller(options.DevelopmentAnonymous) { RemoteAddress = source };
        var identified = addresses.Identify(evidence);
        if (identified.IsRefused(out _))
            return identified;
        return identified.Value is AnonymousCaller
            ? new AnonymousCaller(options.DevelopmentAnonymous) { RemoteAddress = source }
            : identified.Value with { RemoteAddress = source };
    }

    private Task<Result<CallerIdentity>> IdentifyTokenAsync(
        in CallerEvidence evidence, IPAddress? source, ReviewLane lane, CancellationToken cancellationToken)
    {
        if (evidence.Authorization is [var only] && only.Trim().Equals("Bearer", StringComparison.OrdinalIgnoreCase))
            return Task.FromResult<Result<CallerIdentity>>(tokens.RefuseUnread("The bearer token is empty; was the token file there?", source));
        return TokenTextOf(evidence) is { IsEmpty: false } token
            ? tokens.AuthenticateAsync(token.ToString(), source, cancellationToken, lane)
            : Task.FromResult<Result<CallerIdentity>>(tokens.RefuseUnread("Authorization must be one header of the scheme Bearer.", source));
    }

    /// <summary>Empty: there is none, or not one header of the scheme Bearer.</summary>
    private static ReadOnlySpan<char> TokenTextOf(in CallerEvidence evidence) =>
        !evidence.Authorization.IsDefault && evidence.Authorization is [var header] && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? header.AsSpan(Scheme.Length).Trim()
            : default;

    /// <summary>Failures are counted, and callers distinguished, by source address; behind a trusted proxy that is the client's.</summary>
    private IPAddress? SourceOf(in CallerEvidence evidence) => clients.Read(evidence).Address ?? evidence.RemoteAddress;

    private async Task<Result<TargetPod>> ResolveOwnAsync(PodCaller self, CallPurpose purpose)
    {
        // An address is proof only while the pod still has it; the cache may be behind.
        var confirm = self.Proof == IdentityProof.SourceAddress && purpose != CallPurpose.Observe;
        var lookup = confirm
            ? CheckLivePod(await pods.GetAsync(self.Namespace, self.Name, self.FairnessKey), self.Pod, self.Uid)
            : await FindAsync(self, self.Pod, self.Uid, purpose == CallPurpose.Remove);
        if (lookup.Refusal is not null)
            return lookup.Refusal;

        var pod = lookup.Pod!;
        if (confirm && (pod.Phase != PodPhase.Running || pod.HostNetwork || !HasAddress(pod, self.Address!)))
            return Gone($"The pod {self.Pod} no longer runs at {self.Address}.");
        return Terminating(pod, purpose) ?? (Result<TargetPod>)new TargetPod(pod, self, ActingForAnother: false);
    }

    /// <summary>A pod that acts for another must itself still exist; one that is not watched cannot be checked.</summary>
    private async Task<Refusal?> GoneAsync(PodCaller caller)
    {
        var refusal = (await FindAsync(caller, caller.Pod, caller.Uid)).Refusal;
        return refusal?.Code == RefusalCodes.NotWatched ? null : refusal;
    }

    private async Task<Refusal?> ForbiddenAsync(CallerIdentity caller, PodName named, CancellationToken cancellationToken)
    {
        var user = caller switch
        {
            UserCaller person => person.User,
            PodCaller pod => pod.User,
            _ => null,
        };
        if (user is null)
        {
            return caller switch
            {
                AnonymousCaller { MayActForAnyPod: true } => null,
                AnonymousCaller => new Refusal(
                    RefusalCodes.Unauthenticated, $"The caller was not recognised, so it may not act for the pod {named}; call with a token."),
                _ => new Refusal(RefusalCodes.Forbidden, $"The {caller} may not act for the pod {named}."),
            };
        }

        var verdict = await access.MayPatchPodAsync(user, named, cancellationToken);
        if (verdict.IsRefused(out var refusal))
            return refusal;
        return verdict.Value
            ? null
            : new Refusal(RefusalCodes.Forbidden, $"{user.Username} may not act for the pod {named}: the right to patch it is missing.");
    }

    /// <summary>The pod as the cache has it, else by one live GET; with <paramref name="uid"/> only the pod with that uid.</summary>
    private async Task<PodLookup> FindAsync(CallerIdentity caller, PodName name, string? uid, bool evenIfFinished = false)
    {
        if (!cluster.WatchesNamespace(name.Namespace))
            return new(null, NotWatched(name));
        var known = cluster.FindPod(name.Namespace, name.Name);
        return known is { IsFinished: false, Unreadable: false } && (uid is null || known.Metadata.Uid == uid)
            ? new(known, null)
            : CheckLivePod(await pods.GetAsync(name.Namespace, name.Name, caller.FairnessKey), name, uid, evenIfFinished);
    }

    private PodLookup CheckLivePod(PodLookup live, PodName name, string? uid, bool evenIfFinished = false) => live switch
    {
        { Refusal: not null } => live,
        { Pod: null } => new(null, Gone($"There is no pod {name}.")),
        { Pod: var pod } when uid is not null && pod.Metadata.Uid != uid => new(null, Gone($"The pod {name} was replaced by another of that name.")),
        { Pod: { IsFinished: true } } when !evenIfFinished => new(null, Gone($"The pod {name} has finished.")),
        { Pod: var pod } when !cluster.WatchesPod(pod) => new(null, NotWatched(name)),
        _ => live,
    };

    private static bool HasAddress(Pod pod, IPAddress address) =>
        pod.PodIPs.Any(text => IPAddress.TryParse(text, out var one) && one.Equals(address));

    private static Refusal? Terminating(Pod pod, CallPurpose purpose) =>
        purpose == CallPurpose.Register && pod.IsTerminating
            ? new Refusal(RefusalCodes.PodTerminating, $"The pod {pod.Metadata.Key} is terminating and cannot register any more.")
            : null;

    private static Refusal Gone(string detail) => new(RefusalCodes.PodGone, detail);

    private static Refusal NotWatched(PodName name) =>
        new(RefusalCodes.NotWatched, $"The pod {name} is outside the namespaces or the pod selector that this gateway watches.");
}
