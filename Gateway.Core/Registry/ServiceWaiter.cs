namespace Gateway.Core.Registry;

/// <summary>
/// Long polls: answers as soon as a service changed after a revision, vanished, or this replica cannot tell; at the end of the wait with what
/// is current. Answering early is allowed, missing a change never. Holds no state of its own.
/// </summary>
public sealed class ServiceWaiter(RegistryState state)
{
    public static readonly TimeSpan DefaultWait = TimeSpan.FromMinutes(5);
    public static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);

    /// <summary>
    /// The snapshot to answer from. <paramref name="index"/> null: the caller sent something unreadable as its revision, so it is answered at
    /// once.
    /// </summary>
    public async Task<RegistrySnapshot> WaitForChangeAsync(
        ServiceKey service, Revision? index, TimeSpan wait, CancellationToken cancellationToken)
    {
        var current = state.Current;
        if (index is null || wait <= TimeSpan.Zero || !current.HasSynced || current.Find(service).MayHaveChangedSince(index))
            return current;
        return await state.WaitForServiceAsync(service, index, wait < LongestWait ? wait : LongestWait, cancellationToken).ConfigureAwait(false)
            ?? state.Current;
    }
}
