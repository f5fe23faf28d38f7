using Gateway.Core.Registry.Instances;

namespace Gateway.Core.Registry.Lookup;

/// <summary>
/// Long polls by one number (<see cref="ChangeIndex"/>): neither a change is missed nor a client made to spin, whichever replica gave the number out and
/// whichever was restarted since. Answering early is allowed. Holds no state of its own.
/// </summary>
public sealed class IndexWaiter(RegistryState state, TimeProvider time)
{
    /// <summary>How long a read waits until this replica has folded what the number names, and before it answers a number that it cannot compare.</summary>
    public static readonly TimeSpan Shortly = TimeSpan.FromSeconds(1);

    /// <summary>A replica is never this many versions behind another: such a number is of no known history.</summary>
    private const ulong FarAhead = 1_000_000;

    /// <summary>What is current.</summary>
    public IndexedState Read(IChangeSource source)
    {
        var (snapshot, point) = source.Read();
        return new IndexedState(snapshot, IndexOf(source, snapshot, point, 0));
    }

    /// <summary>The first state that may be newer than the one that <paramref name="known"/> names, or the one at the end of the wait.</summary>
    public async Task<IndexedState> WaitAsync(IChangeSource source, ulong known, TimeSpan wait, CancellationToken cancellationToken)
    {
        var index = new ChangeIndex(known);
        var started = time.GetTimestamp();
        var (snapshot, point) = source.Read();
        if (known is 0 or > ChangeIndex.MaxNumber || wait <= TimeSpan.Zero || !snapshot.HasSynced || index.Version > NewestOf(snapshot) + FarAhead)
            return Read(source);
        if (!index.Names(point))
        {
            if (!IsAfter(point, index) && !HasFolded(source, snapshot, index))
            {
                await state.WaitAsync(one => HasFolded(source, one, index), wait < Shortly ? wait : Shortly, cancellationToken);
                (snapshot, point) = source.Read();
            }

            // Of another history, or a replica ahead of this one that is far behind: the client goes on from here.
            if (IsAfter(point, index) || index.Version > NewestOf(snapshot))
                return Read(source);
            if (point.IsUnversioned)
            {
                // What has no version cannot be compared between replicas. A little later, so that calls that alternate between replicas do not spin.
                await source.WaitForChangeAsync(point, wait < Shortly ? wait : Shortly, cancellationToken);
                return Current(source, index);
            }

            if (!index.IsSettledIn(snapshot.Revision.History))
                return Current(source, index);
        }

        var left = wait - time.GetElapsedTime(started);
        if (left <= TimeSpan.Zero || !await source.WaitForChangeAsync(point, left, cancellationToken))
            return TimedOut(source, point, index);
        return Current(source, index) is var changed && changed.Index == index
            ? new IndexedState(changed.Snapshot, ChangeIndex.LocalAt(index.Version, source.Read().Point, isFolded: true))
            : changed;
    }

    private static IndexedState Current(IChangeSource source, ChangeIndex known)
    {
        var (snapshot, point) = source.Read();
        return new IndexedState(snapshot, IndexOf(source, snapshot, point, known.Version));
    }

    /// <summary>Nothing changed: the number stays, unless it claims more than this replica has folded.</summary>
    private static IndexedState TimedOut(IChangeSource source, ChangePoint waited, ChangeIndex known)
    {
        var (snapshot, point) = source.Read();
        return point.Sequence == waited.Sequence && (known.Names(point) || HasFolded(source, snapshot, known))
            ? new IndexedState(snapshot, known)
            : new IndexedState(snapshot, IndexOf(source, snapshot, point, known.Version));
    }

    private static ChangeIndex IndexOf(IChangeSource source, RegistrySnapshot snapshot, ChangePoint point, ulong least)
    {
        var version = Math.Max(ChangeIndex.Cut(point.Version), least);
        var isFolded = snapshot.HasFoldedEverywhere(source.Namespace, version);
        return isFolded && !point.IsUnversioned
            ? ChangeIndex.SettledAt(version, snapshot.Revision.History)
            : ChangeIndex.LocalAt(version, point, isFolded);
    }

    private static bool IsAfter(ChangePoint point, ChangeIndex index) => ChangeIndex.Cut(point.Version) > index.Version;

    private static bool HasFolded(IChangeSource source, RegistrySnapshot snapshot, ChangeIndex index) =>
        snapshot.HasSynced && snapshot.HasFoldedEverywhere(source.Namespace, index.Version);

    private static ulong NewestOf(RegistrySnapshot snapshot) => ChangeIndex.Cut(snapshot.Revision.Newest);
}

/// <summary>A snapshot to answer from, and the number that names what it says.</summary>
public readonly record struct IndexedState(RegistrySnapshot Snapshot, ChangeIndex Index);

/// <summary>What a number is the index of: one service, or a list of a namespace.</summary>
public interface IChangeSource
{
    string Namespace { get; }

    /// <summary>The last change, and a snapshot that holds it.</summary>
    (RegistrySnapshot Snapshot, ChangePoint Point) Read();

    /// <summary>Completes with true once there was a change after <paramref name="known"/>; with false at the end of the wait.</summary>
    Task<bool> WaitForChangeAsync(ChangePoint known, TimeSpan wait, CancellationToken cancellationToken);
}

/// <summary>One service; also one that there is not, or not any more.</summary>
public sealed class ServiceChanges(RegistryState state, ServiceKey service) : IChangeSource
{
    public string Namespace => service.Namespace;

    public (RegistrySnapshot Snapshot, ChangePoint Point) Read()
    {
        var snapshot = state.Current;
        return (snapshot, ChangePoint.Of(snapshot.Find(service)));
    }

    public async Task<bool> WaitForChangeAsync(ChangePoint known, TimeSpan wait, CancellationToken cancellationToken) =>
        await state.WaitForClientsAsync(service, state.Current.Revision.At(known.Replica, known.Sequence), wait, cancellationToken) is not null;
}
