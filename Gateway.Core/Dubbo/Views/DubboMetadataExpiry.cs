using Gateway.Core.Dubbo.Metadata;
using Gateway.Core.Registry;
using Gateway.Core.Timing;

namespace Gateway.Core.Dubbo.Views;

/// <summary>
/// Keeps the metadata of applications as long as a registration names them: renews every second what is named, and removes what has not
/// been named for <see cref="ApplicationOptions.KeepUnnamed"/>. Holds no state of its own.
/// </summary>
public sealed class DubboMetadataExpiry(IApplicationStore store, RegistryState state, ApplicationOptions options, TimeProvider time)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var clock = new PeriodicTimer(PollInterval, time);
            while (await clock.WaitForNextTickAsync(cancellationToken))
                RenewNamed();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    internal void RenewNamed()
    {
        // A stale or unsynced snapshot proves nothing, so nothing is removed because of it.
        var snapshot = state.Current;
        if (!snapshot.HasSynced || snapshot.IsStale || store.All is not { Count: > 0 } all)
            return;
        List<ApplicationFact> named = [], forgotten = [];
        var oldest = time.GetSteadyNow() - options.KeepUnnamed;
        foreach (var application in all.GroupBy(static one => one.Fact.Application))
        {
            var revisions = ApplicationRegistrations.RevisionsOf(snapshot, application.Key);
            store.Settle(application.Key, revisions.Pods);
            var facts = store.Find(application.Key);
            foreach (var (fact, namedAt) in application)
            {
                if (revisions.Name(fact, facts))
                    named.Add(fact);
                else if (namedAt < oldest)
                    forgotten.Add(fact);
            }
        }

        if (named.Count > 0)
            store.Name(named);
        if (forgotten.Count > 0)
            store.Forget(forgotten);
    }
}
