using Gateway.Core.Applications;

namespace Gateway.Core.Registry.Dubbo;

/// <summary>
/// Lets what applications said live as long as a registration names it: says every second what is named, and forgets what has not been for
/// <see cref="ApplicationOptions.KeepUnnamed"/>. Keeps no state of its own.
/// </summary>
public sealed class ApplicationKeeper(IApplicationStore store, RegistryState state, ApplicationOptions options, TimeProvider time)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var clock = new PeriodicTimer(LookEvery, time);
            while (await clock.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
                Look();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    internal void Look()
    {
        // Unknown is not empty: nothing is forgotten that an old picture does not show.
        var snapshot = state.Current;
        if (!snapshot.HasSynced || snapshot.IsStale || store.All is not { Count: > 0 } all)
            return;
        List<ApplicationFact> named = [], forgotten = [];
        var oldest = time.GetUtcNow() - options.KeepUnnamed;
        foreach (var (fact, namedAt) in all)
        {
            if (ApplicationRegistrations.Name(snapshot, fact))
                named.Add(fact);
            else if (namedAt < oldest)
                forgotten.Add(fact);
        }

        if (named.Count > 0)
            store.Name(named);
        if (forgotten.Count > 0)
            store.Forget(forgotten);
    }
}
