using Gateway.Core.Identity;
using Gateway.Core.Registration;
using Gateway.Core.Registry;
using Gateway.Core.Results;

namespace Gateway.Api.Endpoints;

/// <summary>
/// Identifies the caller from the request headers, before the body is read (contract, section 4). A pod named in a body proves nothing, so an
/// unidentified caller is refused here. Stateless.
/// </summary>
internal sealed class CallerGate(RegistryState state, WriteFilter writes, RegistrationAudit audit, IdentityOptions identity)
{
    /// <summary>Identifies the caller once; the pod of the call is determined afterwards.</summary>
    /// <param name="context">Only its headers are read.</param>
    /// <param name="named">The pod that the query names, if any.</param>
    /// <param name="verb">The audit's name for the write, which <see cref="WriteFilter"/> let through. Null: not a write.</param>
    public async Task<Result<CallerIdentity>> EnterAsync(HttpContext context, PodName? named, string? verb = null)
    {
        if (!state.Current.HasSynced)
            return NotSynced.Refusal();
        var identified = await writes.EnterAsync(context);
        if (identified.IsRefused(out _))
            return identified;
        if (identified.Value is AnonymousCaller { MayActForAnyPod: false } stranger)
            return Unproved(stranger, named, verb);
        return identified;
    }

    private Refusal Unproved(AnonymousCaller stranger, PodName? named, string? verb)
    {
        var refusal = named is null
            ? new Refusal(RefusalCodes.PodRequired, $"No token was sent, and the address does not say which pod is calling. {identity.TokenHint()}")
            : new Refusal(RefusalCodes.Unauthenticated, $"No token was sent, so the caller cannot act for pod {named}. {identity.TokenHint()}");
        if (verb is not null)
            audit.Refused(stranger, verb, named is null ? null : new(named.Namespace, named.Name), refusal);
        return refusal;
    }
}
