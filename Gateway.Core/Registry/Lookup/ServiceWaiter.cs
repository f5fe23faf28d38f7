using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Revisions;

namespace Gateway.Core.Registry.Lookup;

/// <summary>
/// Long polls: completes as soon as a service changed after a revision, was removed, or this replica cannot compare; at the end of the wait
/// with the current snapshot. Answering early is allowed, missing a change is not. Holds no state of its own.
/// </summary>
public sealed class ServiceWaiter(RegistryState state)
{
    public static readonly TimeSpan DefaultWait = TimeSpan.FromMinutes(5);
    /// <summary>Callers that ask for more are refused.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);

    /// <summary>
    /// The snapshot to answer from: a later one than that of <paramref name="index"/>, or the one at the end of the wait.
    /// </summary>
    public async Task<RegistrySnapshot> WaitForChangeAsync(
        ServiceKey service, Revision index, TimeSpan wait, CancellationToken cancellationToken)
    {
        var current = state.Current;
        if (wait <= TimeSpan.Zero || !current.HasSynced || current.Find(service).MayHaveChangedSince(index))
            return current;
        return await state.WaitForServiceAsync(service, index, wait, cancellationToken)
            ?? state.Current;
    }
}
