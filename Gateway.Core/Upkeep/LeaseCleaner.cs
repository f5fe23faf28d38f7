using Gateway.Core.Annotations.Records;
using Gateway.Core.Election;
using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Leases;
using Gateway.Core.PodWriting;
using Gateway.Core.Registration;
using Gateway.Core.Registry;
using Gateway.Core.Timing;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.Upkeep;

/// <summary>
/// Removes lapsed registrations from their pods, <see cref="LeaseOptions.DeregisterAfter"/> after their lease lapsed. Only the leader does, and it
/// checks the lease again right before each PATCH; the PATCH names the pod's version, so later writes are kept. Keeps no state.
/// </summary>
public sealed partial class LeaseCleaner(
    LeaderElection election, RegistryState registry, ILeaseStore leases, PodAnnotationWriter writer, IClusterView cluster, LeaseOptions options,
    RegistrationEdits edits, RegistrationAudit audit, TimeProvider time, ILogger<LeaseCleaner> logger)
{

    private TimeSpan PollInterval => options.DeregisterAfter / 4 is var quarter && quarter < TimeSpan.FromSeconds(10) ? quarter : TimeSpan.FromSeconds(10);

    /// <summary>Removes lapsed registrations periodically until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var clock = new PeriodicTimer(PollInterval, time);
            while (await clock.WaitForNextTickAsync(cancellationToken))
                await CleanAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    /// <summary>One pass; returns how many registrations were removed.</summary>
    internal async Task<int> CleanAsync(CancellationToken cancellationToken)
    {
        if (election.CurrentTerm is not { } term || !cluster.HasSynced)
            return 0;
        var removed = 0;
        foreach (var (pod, id) in Overdue())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (await leases.ConfirmLapsedAsync(id) && await RemoveAsync(pod, id, term, cancellationToken))
                removed++;
        }

        return removed;
    }

    private List<(Pod Pod, string Id)> Overdue()
    {
        var before = time.GetSteadyNow() - options.DeregisterAfter;
        return
        [
            .. from entry in registry.Current.Pods.Values
               from record in entry.AsRead.Registrations
               where record.Ttl is not null && leases.StateOf(record.Id).LapsedAt <= before
               select (entry.Pod, record.Id),
        ];
    }

    private async Task<bool> RemoveAsync(Pod known, string id, int term, CancellationToken cancellationToken)
    {
        var pod = known.Metadata;
        var removal = edits.Remove();
        var done = await writer.WriteAsync<IReadOnlyList<string>>(
            known, GatewayCaller.Self.FairnessKey, (live, isRepeated) => Plan(removal, live, id, term, isRepeated), cancellationToken);
        if (done.IsRefused(out var refusal))
        {
            NotRemoved(logger, id, pod.Key, refusal.Code);
            return false;
        }

        if (!done.Value.HasWritten)
            return false;
        leases.Forget(id);
        audit.Written(GatewayCaller.Self, "deregister lapsed", done.Value, [id]);
        Removed(logger, id, pod.Key, options.DeregisterAfter);
        return true;
    }

    private PodEdit<IReadOnlyList<string>> Plan(RemoveEdit removal, Pod live, string id, int term, bool isRepeated)
    {
        var isStillLapsed = election.CurrentTerm == term && leases.StateOf(id).HasLapsed;
        return isStillLapsed ? removal.PlanLapsed(live, RegistrationId.Parse(id), isRepeated) : new PodEdit<IReadOnlyList<string>> { Result = [] };
    }

    [LoggerMessage(1630, LogLevel.Information, "Registration {Id} of pod {Pod} was removed: its lease was not renewed within {After} after it lapsed")]
    private static partial void Removed(ILogger logger, string id, ObjectKey pod, TimeSpan after);

    [LoggerMessage(1631, LogLevel.Warning, "Lapsed registration {Id} of pod {Pod} could not be removed ({Code}); it is retried")]
    private static partial void NotRemoved(ILogger logger, string id, ObjectKey pod, string code);
}
