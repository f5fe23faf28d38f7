using Gateway.Core.Refusals;

namespace Gateway.Core.Identity;

/// <summary>Applies the rules of the contract's section 4 in order. Keeps no state of its own.</summary>
public sealed class CallerResolver
{
    /// <summary>Rules 1, 2 and 4: who is calling. Nobody proved is not a refusal here: <see cref="AnonymousCaller"/>.</summary>
    public Task<Result<CallerIdentity>> IdentifyAsync(CallerEvidence evidence, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>The pod a call is about: the caller's own, or the named one where the caller may act for it (rule 3).</summary>
    public Task<Result<TargetPod>> ResolveAsync(CallerIdentity caller, PodName? named, CallPurpose purpose, CancellationToken cancel) =>
        throw new NotImplementedException();
}
