using Gateway.Api.Callers;
using Gateway.Api.Errors;
using Gateway.Api.Requests;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Identity;
using Gateway.Core.PodWriting;
using Gateway.Core.Registry;
using Gateway.Core.Results;

namespace Gateway.Api.Endpoints;

/// <summary>
/// The one filter that every endpoint of an unsafe method passes (RFC 9110, section 9.2.1): it identifies the caller once, and takes from its bucket
/// of writes, or of heartbeats. Who cannot be identified, or is none, is refused by the endpoint itself, after the faults of path and query.
/// Stateless.
/// </summary>
internal sealed class WriteFilter(RegistryState state, CallerResolver callers, WriteLimit limit, AnnotationOptions annotations)
{
    /// <summary>Of a group of routes; endpoints of safe methods stay as they are.</summary>
    public void Guard(EndpointBuilder endpoint)
    {
        if (endpoint.Metadata.OfType<LimitedWrite>().Any() || !IsUnsafe(endpoint) || endpoint.RequestDelegate is not { } next)
            return;
        var kind = endpoint.Metadata.OfType<Heartbeat>().Any() ? WriteKind.Heartbeat : WriteKind.Write;
        endpoint.Metadata.Add(new LimitedWrite(kind));
        if (endpoint.Metadata.OfType<OwnTokenPlace>().Any())
            return;
        endpoint.RequestDelegate = kind == WriteKind.Write && ReadOnlyRegistry.Refused(annotations) is { } frozen
            ? context => ProblemAnswer.WriteAsync(context, frozen)
            : context => RunAsync(context, next);
    }

    private static bool IsUnsafe(EndpointBuilder endpoint) =>
        endpoint.Metadata.OfType<HttpMethodMetadata>().SelectMany(static methods => methods.HttpMethods).Any(static method =>
            !HttpMethods.IsGet(method) && !HttpMethods.IsHead(method) && !HttpMethods.IsOptions(method) && !HttpMethods.IsTrace(method));

    /// <summary>Who calls, once a request; a caller that is recognised has taken from its bucket then, else it is refused.</summary>
    /// <param name="context">Its endpoint says which bucket.</param>
    /// <param name="said">What identifies the caller; null: the request's headers.</param>
    public async Task<Result<CallerIdentity>> EnterAsync(HttpContext context, CallerEvidence? said = null)
    {
        if (context.Features.Get<IdentifiedCaller>() is { } known)
            return known.Caller;
        var limited = context.GetEndpoint()?.Metadata.GetMetadata<LimitedWrite>();
        var evidence = said ?? CallerEvidenceReader.Read(context);
        var caller = await (limited is { Kind: WriteKind.Heartbeat }
            ? callers.IdentifyHeartbeatAsync(evidence, context.RequestAborted)
            : callers.IdentifyAsync(evidence, context.RequestAborted));
        if (!caller.IsRefused(out _) && caller.Value is not AnonymousCaller { MayActForAnyPod: false }
            && limited is not null && limit.Take(caller.Value, limited.Kind) is { } refusal)
            return refusal;
        context.Features.Set(new IdentifiedCaller(caller));
        return caller;
    }

    private async Task RunAsync(HttpContext context, RequestDelegate next)
    {
        // For a fault of path or query nothing is asked; the endpoint refuses it. A replica that has not synced recognises no caller.
        if (state.Current.HasSynced && !IsFaulty(context))
        {
            var entered = await EnterAsync(context);
            if (entered.IsRefused(out var refusal) && context.Features.Get<IdentifiedCaller>() is null)
            {
                await ProblemAnswer.WriteAsync(context, refusal);
                return;
            }
        }

        await next(context);
    }

    private static bool IsFaulty(HttpContext context)
    {
        var faults = new FaultList();
        if (context.Request.RouteValues.ContainsKey(RouteId.Name))
            RouteId.Read(context, faults, "");
        var query = new QueryReader(context.Request.Query, faults);
        PodParameters.Read(ref query, faults);
        return !faults.IsEmpty;
    }
}

/// <summary>
/// Metadata of an endpoint whose protocol has a place of its own for the token, perhaps in the body: the endpoint itself enters the filter, with what it
/// found there.
/// </summary>
internal sealed record OwnTokenPlace
{
    public static readonly OwnTokenPlace Mark = new();
}

/// <summary>Who called, as the filter of writes found out.</summary>
internal sealed record IdentifiedCaller(Result<CallerIdentity> Caller);

/// <summary>Metadata of an endpoint whose calls take from a bucket; which one.</summary>
internal sealed record LimitedWrite(WriteKind Kind);

/// <summary>Metadata of an endpoint that renews leases: it writes nothing to the cluster, and has a bucket of its own.</summary>
internal sealed record Heartbeat
{
    public static readonly Heartbeat Mark = new();
}
