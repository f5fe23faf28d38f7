using Gateway.Api.Callers;
using Gateway.Core.Identity;
using Gateway.Core.Registration;
using Gateway.Core.Registry;
using Gateway.Core.Results;

namespace Gateway.Api.Endpoints;

/// <summary>
/// Settles who is calling from the head of a request, before its body is read (contract, section 4). A pod that a body names proves nothing, so a
/// caller that is not proved is refused here, whatever it would name. Keeps no state of its own.
/// </summary>
internal sealed class CallerGate(RegistryState state, CallerResolver callers, WriteLimit limit, RegistrationAudit audit)
{
    /// <summary>The caller, identified once; which pod the call is about is settled afterwards.</summary>
    /// <param name="context">Only its head is read.</param>
    /// <param name="named">The pod that the query names, if it does.</param>
    /// <param name="verb">What is to be written, as the audit calls it; it counts as one of the caller's writes. Null: nothing.</param>
    public async Task<Result<CallerIdentity>> EnterAsync(HttpContext context, PodName? named, string? verb = null)
    {
        if (!state.Current.HasSynced)
            return NotSynced.Refusal();
        var identified = await callers.IdentifyAsync(CallerEvidenceReader.Read(context), context.RequestAborted);
        if (identified.IsRefused(out _))
            return identified;
        if (identified.Value is AnonymousCaller { MayActForAnyPod: false } stranger)
            return Unproved(stranger, named, verb);
        return verb is not null && limit.Take(identified.Value) is { } refusal ? refusal : identified;
    }

    private Refusal Unproved(AnonymousCaller stranger, PodName? named, string? verb)
    {
        var refusal = named is null
            ? new Refusal(RefusalCodes.PodRequired, "No pod was recognised as the caller, and no token says who acts for one; call with a token.")
            : new Refusal(RefusalCodes.Unauthenticated, $"No caller was recognised who could act for the pod {named}; call with a token.");
        if (verb is not null)
            audit.Refused(stranger, verb, named is null ? null : new(named.Namespace, named.Name), refusal);
        return refusal;
    }
}
