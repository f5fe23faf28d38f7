using Gateway.Api.Callers;
using Gateway.Api.Endpoints;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.PodWriting;
using Gateway.Core.Registration;
using Gateway.Core.Registry;
using Gateway.Core.Results;

namespace Gateway.Api.Facades;

/// <summary>Who calls a facade, and the one namespace that the call is about.</summary>
internal sealed record FacadeCall(CallerIdentity Caller, string Namespace)
{
    /// <summary>What identified the caller, with the protocol's own token.</summary>
    public CallerEvidence Evidence { get; init; }

    /// <summary>The facade's name; null: it has none, and what it reads is not noted as consumed.</summary>
    public string? Facade { get; init; }

    /// <summary>
    /// Asked before a heartbeat leads to a write: it was let through by an earlier review, and took from the bucket of heartbeats. Null: the caller may
    /// write.
    /// </summary>
    public Func<CancellationToken, Task<Refusal?>> MayWriteAsync { get; init; } = static _ => Task.FromResult<Refusal?>(null);

    /// <summary>
    /// Asked before the first write of a call that makes several, with how many more there are than the one that was taken for the call. Null: the caller
    /// may write all of them.
    /// </summary>
    public Func<int, Refusal?> TakeFurther { get; init; } = static _ => null;
}

/// <summary>
/// Identifies the callers of facades as those of the native API, whatever place their protocol has for a token, and decides which one namespace they see:
/// the one that the protocol names (<c>Facades:Aliases</c>), else the path's prefix, else that of the proved caller, else <c>Facades:Namespace</c>. Stateless.
/// </summary>
internal sealed class FacadeGate(
    RegistryState state, WriteFilter writes, WriteLimit limit, CallerResolver callers, LookupAccessCheck access, FacadeOptions facades, IdentityOptions identity,
    AnnotationOptions annotations, RegistrationAudit audit, FacadeMetrics metrics)
{
    /// <summary>Before a read.</summary>
    /// <param name="context">Its body may not have been read.</param>
    /// <param name="token">What the protocol's own place for a token holds; null: nothing, and the header Authorization counts.</param>
    /// <param name="saidNamespace">What the protocol's own place for a namespace holds; null or "": nothing.</param>
    public Task<Result<FacadeCall>> EnterReadAsync(HttpContext context, string? token, string? saidNamespace)
    {
        if (!state.Current.HasSynced)
            return Task.FromResult<Result<FacadeCall>>(NotSynced.Refusal());
        var evidence = Evidence(context, token);

        // Most reads are polls that memory alone can judge.
        return access.IsOpen && callers.IdentifyAtOnce(evidence) is { } identified
            ? Task.FromResult(EnterOpen(context, evidence, identified, saidNamespace))
            : EnterReadAsync(context, evidence, saidNamespace);
    }

    /// <summary>Of a login: who the token proves, and until when. The call is about no namespace.</summary>
    public async Task<Result<FacadeCall>> EnterLoginAsync(HttpContext context, string token)
    {
        if (!state.Current.HasSynced)
            return NotSynced.Refusal();
        var evidence = Evidence(context, token);
        var identified = await callers.IdentifyAsync(evidence, context.RequestAborted);
        return identified.IsRefused(out var refusal) ? refusal : Call(context, identified.Value, "", evidence);
    }

    /// <summary>Before a write or a heartbeat: only a pod registers, and only itself.</summary>
    /// <param name="context">Its endpoint says whether it is a heartbeat.</param>
    /// <param name="token">As for a read.</param>
    /// <param name="verb">The audit's name for the write.</param>
    /// <param name="saidNamespace">As for a read; another than the pod's own is refused.</param>
    public async Task<Result<FacadeCall>> EnterWriteAsync(HttpContext context, string? token, string verb, string? saidNamespace)
    {
        var isHeartbeat = context.GetEndpoint()?.Metadata.GetMetadata<Heartbeat>() is not null;
        if (!isHeartbeat && ReadOnlyRegistry.Refused(annotations) is { } frozen)
            return frozen;
        if (!state.Current.HasSynced)
            return NotSynced.Refusal();
        var evidence = Evidence(context, token);
        var identified = await writes.EnterAsync(context, evidence);
        if (identified.IsRefused(out var refusal))
            return refusal;
        if (identified.Value is not PodCaller caller)
            return Refused(identified.Value, verb, NoPod(identified.Value));
        var said = Said(context, saidNamespace);
        if (said is { } named && named.IsRefused(out refusal))
            return Refused(caller, verb, refusal);
        if (said is { } other && other.Value != caller.Namespace)
            return Refused(caller, verb, new Refusal(RefusalCodes.Forbidden, $"The pod {caller.Pod} registers in its own namespace alone, not in {other.Value}."));
        if (Refused(caller.Namespace) is { } system)
            return Refused(caller, verb, system);
        var call = Call(context, caller, caller.Namespace, evidence) with { TakeFurther = writes => limit.TakeFurther(caller, writes) };
        return isHeartbeat ? call with { MayWriteAsync = cancellationToken => ConfirmAsync(caller, evidence, cancellationToken) } : call;
    }

    private static CallerEvidence Evidence(HttpContext context, string? token)
    {
        var evidence = CallerEvidenceReader.Read(context);
        return token is null ? evidence : evidence with { Authorization = ["Bearer " + token] };
    }

    private Result<FacadeCall> EnterOpen(HttpContext context, in CallerEvidence evidence, Result<CallerIdentity> identified, string? saidNamespace)
    {
        var reader = Reader(evidence, identified);
        if (reader.IsRefused(out var refusal))
            return refusal;
        var chosen = Chosen(context, reader.Value, saidNamespace);
        if (chosen.IsRefused(out refusal) || (refusal = access.NotWatched(chosen.Value)) is not null)
            return refusal;
        return Call(context, reader.Value, chosen.Value, evidence);
    }

    private async Task<Result<FacadeCall>> EnterReadAsync(HttpContext context, CallerEvidence evidence, string? saidNamespace)
    {
        // Reads go on while the API server is away, so a token that was accepted before its expiry is enough, as for heartbeats.
        var reader = Reader(evidence, await callers.IdentifyHeartbeatAsync(evidence, context.RequestAborted));
        if (reader.IsRefused(out var refusal))
            return refusal;
        var chosen = Chosen(context, reader.Value, saidNamespace);
        if (chosen.IsRefused(out refusal))
            return refusal;
        return await access.CheckAsync(evidence, [chosen.Value], context.RequestAborted) is { } forbidden
            ? forbidden
            : Call(context, reader.Value, chosen.Value, evidence);
    }

    /// <summary>A token that is refused never leads to another proof; an address that proves nothing is a reader without identity.</summary>
    private static Result<CallerIdentity> Reader(in CallerEvidence evidence, Result<CallerIdentity> identified) =>
        identified.IsRefused(out _) && evidence.Authorization.IsDefaultOrEmpty
            ? new AnonymousCaller(false) { RemoteAddress = evidence.RemoteAddress }
            : identified;

    /// <summary>The one namespace that a reader sees.</summary>
    private Result<string> Chosen(HttpContext context, CallerIdentity caller, string? saidNamespace)
    {
        var chosen = Said(context, saidNamespace) ?? (caller is PodCaller pod ? pod.Namespace : facades.Namespace) ?? (Result<string>)Unnamed();
        return !chosen.IsRefused(out _) && Refused(chosen.Value) is { } system ? system : chosen;
    }

    /// <summary>The namespace that the protocol or the path names; null: neither does.</summary>
    private Result<string>? Said(HttpContext context, string? said)
    {
        if (string.IsNullOrEmpty(said))
            said = context.Request.RouteValues.GetValueOrDefault(FacadeRoutes.NamespaceParameter) as string;
        if (string.IsNullOrEmpty(said))
            return null;
        var ns = facades.Aliases.GetValueOrDefault(said, said);
        return ObjectNames.IsLabel(ns)
            ? ns
            : new Refusal(
                RefusalCodes.InvalidParameter,
                $"The namespace {FaultText.Shortened(said)} is no name of a Kubernetes namespace, and Facades:Aliases does not name one for it.");
    }

    private static Refusal? Refused(string ns) => FacadeOptions.IsSystem(ns)
        ? new Refusal(RefusalCodes.Forbidden, $"The namespace {ns} is one of the system, which other registries' clients never see.")
        : null;

    private static Refusal Unnamed() => new(
        RefusalCodes.InvalidParameter,
        "No namespace: the request names none, its caller is not known as a pod, and Facades:Namespace is not set. Put /ns/NAMESPACE before the path.");

    private Refusal NoPod(CallerIdentity caller) => new(RefusalCodes.PodRequired, caller is UserCaller user
        ? $"The token of {user.User.Username} is valid, but bound to no pod. {identity.BindingHint()}"
        : $"No token was sent, and the address does not say which pod is calling. {identity.TokenHint()}");

    private Refusal Refused(CallerIdentity caller, string verb, Refusal refusal)
    {
        audit.Refused(caller, verb, caller is PodCaller pod ? new(pod.Namespace, pod.Name) : null, refusal);
        return refusal;
    }

    private FacadeCall Call(HttpContext context, CallerIdentity caller, string ns, in CallerEvidence evidence)
    {
        if (caller.TokenExpires is { } end)
            metrics.NoteToken(caller, end);
        return new FacadeCall(caller, ns) { Evidence = evidence, Facade = context.GetEndpoint()?.Metadata.GetMetadata<FacadeName>()?.Name };
    }

    private async Task<Refusal?> ConfirmAsync(PodCaller caller, CallerEvidence evidence, CancellationToken cancellationToken)
    {
        if (ReadOnlyRegistry.Refused(annotations) is { } frozen)
            return frozen;
        var identified = await callers.IdentifyAsync(evidence, cancellationToken);
        if (identified.IsRefused(out var refusal))
            return refusal;
        return identified.Value is PodCaller self && self.Uid == caller.Uid
            ? limit.Take(caller)
            : new Refusal(RefusalCodes.PodGone, $"The pod {caller.Pod} is no longer the caller.");
    }
}
