using System.Collections.Concurrent;

namespace Gateway.Core.Registry.Lookup;

/// <summary>
/// A list of each namespace that is made from all its services, and when its bytes last changed: a service whose instances change does not change the list
/// of names. Its readers make and compare it, at most once for each change of the namespace; the newer of two wins. Callers choose the namespaces, so an
/// empty list is kept only of one that had another before.
/// </summary>
/// <param name="state">What the lists are made from.</param>
/// <param name="changes">When to look again.</param>
/// <param name="time">Of the waits.</param>
/// <param name="empty">What it makes of a namespace without services.</param>
/// <param name="make">The list of a namespace in a snapshot, as bytes.</param>
public sealed class ListChanges(
    RegistryState state, NamespaceChanges changes, TimeProvider time, byte[] empty, Func<RegistrySnapshot, string, byte[]> make)
{
    private readonly ConcurrentDictionary<string, Made> _lists = new(StringComparer.Ordinal);

    /// <summary>The lists that are kept.</summary>
    internal int Count => _lists.Count;

    /// <summary>The source of one namespace's list.</summary>
    public IChangeSource In(string ns) => new Source(this, ns);

    /// <summary>The bytes of the list as <see cref="IChangeSource.Read"/> last found them, or newer.</summary>
    public byte[] BytesOf(string ns) => Get(ns).Bytes;

    private Made Get(string ns)
    {
        var point = changes.PointOf(ns);
        if (_lists.TryGetValue(ns, out var known) && known.SeenAt.Sequence >= point.Sequence)
            return known;
        var bytes = make(state.Current, ns);
        if (known is null && bytes.AsSpan().SequenceEqual(empty))
            return new Made(point, point, bytes);
        return _lists.AddOrUpdate(
            ns, static (_, now) => new Made(now.Point, now.Point, now.Bytes),
            static (_, former, now) => former.SeenAt.Sequence >= now.Point.Sequence ? former
                : former.Bytes.AsSpan().SequenceEqual(now.Bytes) ? former with { SeenAt = now.Point }
                : new Made(now.Point, now.Point, now.Bytes),
            (Point: point, Bytes: bytes));
    }

    private sealed record Made(ChangePoint SeenAt, ChangePoint ChangedAt, byte[] Bytes);

    private sealed class Source(ListChanges lists, string ns) : IChangeSource
    {
        public string Namespace => ns;

        public (RegistrySnapshot Snapshot, ChangePoint Point) Read()
        {
            var point = lists.Get(ns).ChangedAt;
            return (lists.State.Current, point);
        }

        public Task<bool> WaitForChangeAsync(ChangePoint known, TimeSpan wait, CancellationToken cancellationToken) =>
            lists.Changes.WaitAsync(ns, () => lists.Get(ns).ChangedAt.Sequence > known.Sequence, wait, lists.Time, cancellationToken);
    }

    private RegistryState State => state;

    private NamespaceChanges Changes => changes;

    private TimeProvider Time => time;
}
