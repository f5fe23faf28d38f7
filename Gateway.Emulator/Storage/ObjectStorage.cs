using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Gateway.Emulator.Storage;

/// <summary>
/// What etcd and the watch cache are to a real API server: objects, one version counter over all kinds, and a bounded history of changes.
/// Written by the verbs, the controllers and the player under one lock; lists read immutable sets without it. It knows nothing of defaults,
/// validation or HTTP: <see cref="Writing.ObjectWriter"/> is the way to write as a client of the API would.
/// </summary>
public sealed class ObjectStorage
{
    /// <summary>A real cluster has counted some hundred versions before anyone can connect, so version 1 is always gone.</summary>
    private const long FirstVersion = 200;

    private readonly Lock _lock = new();
    private readonly ImmutableDictionary<ResourceKind, KindHistory> _kinds;
    private long _version = FirstVersion;

    public ObjectStorage(int historyLength = 16_384)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(historyLength, 1);
        _kinds = ResourceKinds.All.ToImmutableDictionary(static kind => kind, _ => new KindHistory(historyLength));
        foreach (var kind in _kinds.Values)
        {
            kind.CompactLocked(FirstVersion);
            kind.SeeLocked(FirstVersion);
        }
    }

    /// <summary>
    /// Called with every change, in the order of versions, under the storage's lock: a handler only takes note and neither writes nor blocks.
    /// </summary>
    public event Action<Change>? Changed;

    /// <summary>Called after <see cref="Restore"/>: everything known from changes is void.</summary>
    public event Action? Restored;

    /// <summary>The version of the newest change.</summary>
    public long Version => Volatile.Read(ref _version);

    public StoredObject? Get(ResourceKind kind, string ns, string name) => _kinds[kind].Current.Find(new ObjectKey(ns, name));

    public StoredObject? Get(ResourceKind kind, ObjectKey key) => _kinds[kind].Current.Find(key);

    /// <summary>The objects of a kind as they are now.</summary>
    public ObjectSet List(ResourceKind kind) => _kinds[kind].Current;

    /// <summary>The objects of a kind together with the version they are at, as a list without a version is answered.</summary>
    public (ObjectSet Objects, long Version) ListWithVersion(ResourceKind kind)
    {
        lock (_lock)
        {
            _kinds[kind].SeeLocked(_version);
            return (_kinds[kind].Current, _version);
        }
    }

    /// <summary>The same objects under the version of the kind's watch cache, as a list at version 0 is answered.</summary>
    public (ObjectSet Objects, long Version) ListFromCache(ResourceKind kind)
    {
        lock (_lock)
            return (_kinds[kind].Current, _kinds[kind].CacheVersion);
    }

    /// <summary>What a bookmark of this kind says.</summary>
    public long CacheVersion(ResourceKind kind)
    {
        lock (_lock)
            return _kinds[kind].CacheVersion;
    }

    /// <summary>Waits until the counter has reached a version.</summary>
    public async Task WaitForVersionAsync(long version, CancellationToken cancellation)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Note(Change change)
        {
            if (change.Version >= version)
                reached.TrySetResult();
        }
        Changed += Note;
        try
        {
            if (Version < version)
                await reached.Task.WaitAsync(cancellation);
        }
        finally
        {
            Changed -= Note;
        }
    }

    /// <summary>The objects as they were at an earlier version; null when that history is gone.</summary>
    public ObjectSet? ListAt(ResourceKind kind, long version)
    {
        lock (_lock)
            return _kinds[kind].AtVersionLocked(version);
    }

    /// <summary>Stores a new object as it is (the tree is taken over); null when there is one of that name.</summary>
    public StoredObject? Create(ResourceKind kind, JsonObject content)
    {
        lock (_lock)
        {
            var item = StoredObject.From(kind, content, _version + 1);
            if (_kinds[kind].Current.Find(item.Key) is not null)
                return null;
            AppendLocked(new Change(ChangeType.Added, null, item));
            return item;
        }
    }

    /// <summary>Replaces an object (the tree is taken over) if it still has the expected version; null expects any.</summary>
    public WriteOutcome Update(ResourceKind kind, JsonObject content, long? expectedVersion, out StoredObject? stored)
    {
        // Serialized outside the lock under the version that is most likely next, so that writers queue for moments only.
        var guess = StoredObject.From(kind, content, Version + 1);
        lock (_lock)
        {
            stored = _kinds[kind].Current.Find(guess.Key);
            if (stored is null)
                return WriteOutcome.NotFound;
            if (expectedVersion is { } expected && expected != stored.Version)
                return WriteOutcome.Conflict;
            var next = guess.Version == _version + 1 ? guess : guess.UnderVersion(_version + 1);
            AppendLocked(new Change(ChangeType.Modified, stored, next));
            stored = next;
            return WriteOutcome.Written;
        }
    }

    /// <summary>Removes an object if it still has the expected version; <paramref name="removed"/> is its last content under the deletion's version.</summary>
    public WriteOutcome Delete(ResourceKind kind, ObjectKey key, long? expectedVersion, out StoredObject? removed)
    {
        lock (_lock)
        {
            removed = _kinds[kind].Current.Find(key);
            if (removed is null)
                return WriteOutcome.NotFound;
            if (expectedVersion is { } expected && expected != removed.Version)
                return WriteOutcome.Conflict;
            var last = removed.UnderVersion(_version + 1);
            AppendLocked(new Change(ChangeType.Deleted, removed, last));
            removed = last;
            return WriteOutcome.Written;
        }
    }

    /// <summary>A place in the changes of a kind, from which everything above <paramref name="version"/> is read; null when that history is gone.</summary>
    public ChangeReader? TryFollow(ResourceKind kind, long version)
    {
        lock (_lock)
            return version < _kinds[kind].CompactedUpTo ? null : new ChangeReader(this, kind, version);
    }

    /// <summary>The objects as they are and a place right behind them: nothing is missed in between.</summary>
    public (ObjectSet Objects, ChangeReader Reader) ListAndFollow(ResourceKind kind)
    {
        lock (_lock)
            return (_kinds[kind].Current, new ChangeReader(this, kind, _version));
    }

    /// <summary>The version below which watches and exact lists of a kind are refused.</summary>
    public long CompactedUpTo(ResourceKind kind)
    {
        lock (_lock)
            return _kinds[kind].CompactedUpTo;
    }

    /// <summary>Forgets all changes up to now for new watches and exact lists; running watches lose nothing.</summary>
    public void Compact()
    {
        lock (_lock)
        {
            foreach (var kind in _kinds.Values)
                kind.CompactLocked(_version);
        }
    }

    public StorageSnapshot Snapshot()
    {
        lock (_lock)
            return new StorageSnapshot(_version, _kinds.ToImmutableDictionary(static pair => pair.Key, static pair => pair.Value.Current));
    }

    /// <summary>
    /// Puts everything back to an older state, the version counter included, as an etcd restored from its backup does. Whoever follows from a
    /// version of the lost history hears nothing until the counter has passed that version again.
    /// </summary>
    public void Restore(StorageSnapshot snapshot)
    {
        lock (_lock)
        {
            Volatile.Write(ref _version, snapshot.Version);
            foreach (var (kind, history) in _kinds)
                history.ReplaceLocked(snapshot.Objects.GetValueOrDefault(kind) ?? ObjectSet.Empty, snapshot.Version);
        }
        Restored?.Invoke();
    }

    internal bool TryRead(ResourceKind kind, long version, List<Change> into)
    {
        lock (_lock)
            return _kinds[kind].TryReadLocked(version, into);
    }

    internal void Listen(ResourceKind kind, ChangeSignal signal)
    {
        lock (_lock)
            _kinds[kind].ListenLocked(signal);
    }

    internal void Leave(ResourceKind kind, ChangeSignal signal)
    {
        lock (_lock)
            _kinds[kind].LeaveLocked(signal);
    }

    private void AppendLocked(Change change)
    {
        Volatile.Write(ref _version, change.Version);
        _kinds[change.Kind].AppendLocked(change);
        Changed?.Invoke(change);
    }
}
