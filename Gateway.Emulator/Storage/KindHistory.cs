namespace Gateway.Emulator.Storage;

/// <summary>
/// The current objects of one kind and a ring of its latest changes. Written and read only while the lock of <see cref="ObjectStorage"/> is
/// held (hence <c>Locked</c>); <see cref="Current"/> may be read without it.
/// </summary>
internal sealed class KindHistory(int capacity)
{
    private readonly List<ChangeSignal> _listeners = [];
    private readonly Dictionary<int, long> _checked = [];
    private Change?[] _ring = new Change?[Math.Min(capacity, 64)];
    private int _first;
    private int _count;
    private volatile ObjectSet _current = ObjectSet.Empty;

    /// <summary>The version of the newest change that was overwritten in the ring: a reader that is behind it has missed changes.</summary>
    private long _lostUpTo;

    public ObjectSet Current => _current;

    /// <summary>New watches and exact lists from before this version are refused.</summary>
    public long CompactedUpTo { get; private set; }

    /// <summary>The version of the newest change, which the watch caches of all servers have.</summary>
    private long _newest;

    /// <summary>
    /// The version that the kind's watch cache at one server has reached: that of its newest change, or a later one that a consistent list there made
    /// it check. The caches of idle kinds stay behind the global counter, as on a real server, and so do their bookmarks.
    /// </summary>
    public long CacheVersionLocked(int server) => Math.Max(_newest, _checked.GetValueOrDefault(server));

    public void AdvanceCacheLocked(int server, long version) => _checked[server] = Math.Max(_checked.GetValueOrDefault(server), version);

    public void AppendLocked(Change change)
    {
        _newest = change.Version;
        _current = change.Type == ChangeType.Deleted ? _current.Without(change.Key) : _current.With(change.Current);
        if (_count == _ring.Length && _count < capacity)
            GrowLocked();
        if (_count == _ring.Length)
        {
            _lostUpTo = _ring[_first]!.Version;
            CompactedUpTo = Math.Max(CompactedUpTo, _lostUpTo);
            _ring[_first] = change;
            _first = (_first + 1) % _ring.Length;
        }
        else
        {
            _ring[(_first + _count++) % _ring.Length] = change;
        }
        foreach (var listener in _listeners)
            listener.Set();
    }

    public void CompactLocked(long version) => CompactedUpTo = version;

    public void ReplaceLocked(ObjectSet objects, long version)
    {
        _current = objects;
        Array.Clear(_ring);
        _first = _count = 0;
        _checked.Clear();
        _lostUpTo = CompactedUpTo = _newest = version;
    }

    /// <summary>Adds the changes above <paramref name="version"/>; false when some of them were overwritten.</summary>
    public bool TryReadLocked(long version, List<Change> into)
    {
        if (version < _lostUpTo)
            return false;
        for (var index = FirstAboveLocked(version); index < _count; index++)
            into.Add(AtLocked(index));
        return true;
    }

    /// <summary>The objects as they were at <paramref name="version"/>: the current ones with all later changes undone.</summary>
    public ObjectSet? AtVersionLocked(long version)
    {
        if (version < CompactedUpTo)
            return null;
        var objects = _current;
        for (var index = _count - 1; index >= 0 && AtLocked(index).Version > version; index--)
        {
            var change = AtLocked(index);
            objects = change.Previous is { } previous ? objects.With(previous) : objects.Without(change.Key);
        }
        return objects;
    }

    public void ListenLocked(ChangeSignal signal) => _listeners.Add(signal);

    public void LeaveLocked(ChangeSignal signal) => _listeners.Remove(signal);

    private Change AtLocked(int index) => _ring[(_first + index) % _ring.Length]!;

    private int FirstAboveLocked(long version)
    {
        int low = 0, high = _count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (AtLocked(middle).Version > version)
                high = middle;
            else
                low = middle + 1;
        }
        return low;
    }

    private void GrowLocked()
    {
        var larger = new Change?[Math.Min(capacity, _ring.Length * 2)];
        for (var index = 0; index < _count; index++)
            larger[index] = AtLocked(index);
        _ring = larger;
        _first = 0;
    }
}
