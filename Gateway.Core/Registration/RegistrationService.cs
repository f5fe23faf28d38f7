using Gateway.Core.Identity;
using Gateway.Core.Refusals;
using Gateway.Core.Registry;

namespace Gateway.Core.Registration;

/// <summary>
/// The write path, in order: whose pod, may this caller, may it have that name, what the pod's annotations shall say, PATCH, wait until the
/// snapshot has folded it. Keeps no state of its own.
/// </summary>
public sealed class RegistrationService
{
    /// <summary>Registers all of <paramref name="requests"/> (at most 200, for one pod) as one PATCH, all or nothing.</summary>
    public Task<Result<RegistrationOutcome>> RegisterAsync(
        CallerIdentity caller, IReadOnlyList<RegistrationRequest> requests, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>Merge-patches one registration; <paramref name="named"/> is the pod that the query names, if it does.</summary>
    public Task<Result<RegistrationOutcome>> UpdateAsync(
        CallerIdentity caller, PodName? named, string id, RegistrationChange change, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>Removes one registration; one that is gone already is a success.</summary>
    public Task<Result<DeregistrationOutcome>> DeregisterAsync(
        CallerIdentity caller, PodName? named, string id, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>Removes all registrations of one pod.</summary>
    public Task<Result<DeregistrationOutcome>> DeregisterAllAsync(
        CallerIdentity caller, PodName? named, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>Renews a lease; null: renewed.</summary>
    public Task<Refusal?> HeartbeatAsync(
        CallerIdentity caller, PodName? named, string id, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>What one pod has registered, as this replica sees it.</summary>
    public Task<Result<OwnRegistrations>> OwnAsync(
        CallerIdentity caller, PodName? named, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>One registration as this replica sees it; reading needs no identity.</summary>
    public Result<Instance> Find(string id) => throw new NotImplementedException();
}
