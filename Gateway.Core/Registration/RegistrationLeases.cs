using System.Collections.Immutable;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Identity;
using Gateway.Core.Leases;
using Gateway.Core.Registry.Projection;
using Gateway.Core.Results;
using Gateway.Core.Supervision;

namespace Gateway.Core.Registration;

/// <summary>
/// What keeps a registration alive beside its annotation: the time of its last POST, and its lease, which a POST and every heartbeat renew. The
/// stores hold the state.
/// </summary>
public sealed class RegistrationLeases(
    RegistrationAccess access, RegistrationReader registrations, ILeaseStore leases, IPostLog posts, LeaseOptions options, LoopSupervisor loops)
{
    private const string Loop = "posted-leases";

    /// <summary>Renews a lease; null: renewed. The API server is called only to find a registration that this replica has not seen.</summary>
    public async Task<Refusal?> RenewAsync(CallerIdentity caller, PodName? named, RegistrationId id, CancellationToken cancellationToken)
    {
        var located = await access.ToRegistrationAsync(caller, named, id, CallPurpose.Observe, cancellationToken);
        if (located.IsRefused(out var refusal))
            return refusal;

        var target = located.Value.Target;
        var record = registrations.Known(target, id);
        if (record is not { Ttl: not null })
        {
            // Another replica may have acknowledged it, or its ttl, a moment ago.
            var live = await registrations.ReadAsync(target, id, cancellationToken);
            if (live.IsRefused(out refusal))
                return refusal.Code == RefusalCodes.NotFound ? refusal with { Detail = $"The pod {target.Known.Metadata.Key} has no registration {id}; register again." } : refusal;
            record = live.Value.Record;
        }

        if (record.Ttl is not { } ttl)
            return new Refusal(RefusalCodes.NoLease, $"The registration {id} has no ttl, so there is nothing to renew.");
        if (!options.Enabled)
            return Disabled([]);
        await leases.RenewAsync(id, TimeSpan.FromSeconds(ttl), cancellationToken);
        return null;
    }

    /// <summary>A heartbeat for what is registered; without a ttl, or where leases are disabled, there is nothing to renew.</summary>
    internal ValueTask RenewAsync(RegistrationRecord record, CancellationToken cancellationToken) =>
        options.Enabled && record.Ttl is { } ttl ? leases.RenewAsync(record.Id, TimeSpan.FromSeconds(ttl), cancellationToken) : ValueTask.CompletedTask;

    /// <summary>Why these requests cannot have the leases that they ask for; null: they can.</summary>
    internal Refusal? Refused(IReadOnlyList<RegistrationRequest> requests) =>
        options.Enabled || requests.All(static request => request.Ttl is null)
            ? null
            : Disabled([.. requests.Where(static request => request.Ttl is not null).Select(static request =>
                new Fault(request.Pointer + "/ttl", null, RefusalCodes.LeasesOff, "leases are disabled"))]);

    /// <summary>
    /// These registrations were POSTed and are stored: notes that, and renews their leases together; completes when the renewals are stored, or have
    /// failed. A failure is logged here alone, since the caller may be gone, and a stored registration is answered as one: its lease begins when the
    /// projector sees it.
    /// </summary>
    /// <param name="now">When the POST arrived.</param>
    internal Task PostedAsync(IEnumerable<RegistrationRecord> records, DateTimeOffset now)
    {
        List<LeaseRenewal> renewals = [];
        foreach (var record in records)
        {
            posts.Note(record.Id, now);
            if (record.Ttl is { } ttl)
                renewals.Add(new(record.Id, TimeSpan.FromSeconds(ttl)));
            else
                leases.Forget(record.Id);
        }

        return renewals.Count == 0 ? Task.CompletedTask : loops.BeginInline(Loop, () => leases.RenewAsync(renewals, CancellationToken.None).AsTask());
    }

    /// <summary>The registration is no longer stored.</summary>
    internal void Removed(string id) => leases.Forget(id);

    private static Refusal Disabled(ImmutableArray<Fault> faults) =>
        new(RefusalCodes.LeasesOff, "Heartbeat leases are disabled here: register without a ttl.") { Faults = faults };
}
