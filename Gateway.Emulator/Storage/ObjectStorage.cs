using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Gateway.Emulator.Storage;

/// <summary>
/// The role of etcd and the watch cache in a real API server: objects, one version counter for all kinds, and a bounded history of changes.
/// Written by the verbs, the controllers and the player under one lock; lists read immutable sets without it. It does not set defaults or
/// validate: <see cref="Writing.ObjectWriter"/> writes as the API does for a client.
/// </summary>
public sealed class ObjectStorage
{
    /// <summary>A real cluster has used some hundred versions before a client can connect, so version 1 is always compacted.</summary>
    private const long FirstVersion = 200;

    private readonly Lock _gate = new();
    private readonly ImmutableDictionary<ResourceKind, KindHistory> _kinds;
    private long _version = FirstVersion;

    public ObjectStorage(int historyLength = 16_384)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(historyLength, 1);
        _kinds = ResourceKinds.All.ToImmutableDictionary(static kind => kind, _ => new KindHistory(historyLength));
        foreach (var kind in _kinds.Values)
        {
            kind.ReplaceLocked(ObjectSet.Empty, FirstVersion);
        }
    }

    /// <summary>
    /// Raised for every change, in the order of versions, with the storage's lock held: a handler must neither write nor block.
    /// </summary>
    public event Action<Change>? Changed;

    /// <summary>Raised after <see cref="Restore"/>: everything derived from changes is invalid.</summary>
    public event Action? Restored;

    /// <summary>The version of the newest change.</summary>
    public long Version => Volatile.Read(ref _version);

    public StoredObject? Get(ResourceKind kind, string ns, string name) => _kinds[kind].Current.Find(new ObjectKey(ns, name));

    public StoredObject? Get(ResourceKind kind, ObjectKey key) => _kinds[kind].Current.Find(key);

    /// <summary>The objects of a kind as they are now.</summary>
    public ObjectSet List(ResourceKind kind) => _kinds[kind].Current;

    /// <summary>The objects of a kind with the global version, as a list without a resourceVersion answers.</summary>
    /// <param name="server">Which API server is asked: each has watch caches of its own.</param>
    public (ObjectSet Objects, long Version) ListWithVersion(ResourceKind kind, int server = 0)
    {
        lock (_gate)
        {
            _kinds[kind].AdvanceCacheLocked(server, _version);
            return (_kinds[kind].Current, _version);
        }
    }

    /// <summary>The same objects with the version of the kind's watch cache, as a list at version 0 answers.</summary>
    public (ObjectSet Objects, long Version) ListFromCache(ResourceKind kind, int server = 0)
    {
        lock (_gate)
            return (_kinds[kind].Current, _kinds[kind].CacheVersionLocked(server));
    }

    /// <summary>The version of a bookmark of this kind.</summary>
    public long CacheVersion(ResourceKind kind, int server = 0)
    {
        lock (_gate)
            return _kinds[kind].CacheVersionLocked(server);
    }

    /// <summary>Waits until the counter has reached a version.</summary>
    public async Task WaitForVersionAsync(long version, CancellationToken cancellationToken)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void OnChange(Change change)
        {
            if (change.Version >= version)
                reached.TrySetResult();
        }
        Changed += OnChange;
        try
        {
            if (Version < version)
                await reached.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            Changed -= OnChange;
        }
    }

    /// <summary>The objects as they were at an earlier version; null when that history was compacted.</summary>
    public ObjectSet? ListAt(ResourceKind kind, long version)
    {
        lock (_gate)
            return _kinds[kind].AtVersionLocked(version);
    }

    /// <summary>Stores a new object without changing it (the storage takes ownership of the tree); null when the name is taken.</summary>
    public StoredObject? Create(ResourceKind kind, JsonObject content)
    {
        lock (_gate)
        {
            var item = StoredObject.From(kind, content, _version + 1);
            if (_kinds[kind].Current.Find(item.Key) is not null)
                return null;
            AppendLocked(new Change(ChangeType.Added, null, item));
            return item;
        }
    }

    /// <summary>
    /// Replaces an object (the storage takes ownership of the tree) if it still has the expected version; null expects any.
    /// </summary>
    public WriteOutcome Update(ResourceKind kind, JsonObject content, long? expectedVersion, out StoredObject? stored)
    {
        // Serialized outside the lock with the version that is most likely next, so that writers hold the lock only briefly.
        var guess = StoredObject.From(kind, content, Version + 1);
        lock (_gate)
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

    /// <summary>
    /// Removes an object if it still has the expected version; <paramref name="removed"/> is its last content with the deletion's version.
    /// </summary>
    public WriteOutcome Delete(ResourceKind kind, ObjectKey key, long? expectedVersion, out StoredObject? removed)
    {
        lock (_gate)
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

    /// <summary>A reader of all changes of a kind above <paramref name="version"/>; null when that history was compacted.</summary>
    public ChangeReader? TryFollow(ResourceKind kind, long version)
    {
        lock (_gate)
            return version < _kinds[kind].CompactedUpTo ? null : new ChangeReader(this, kind, version);
    }

    /// <summary>The current objects and a reader that starts right after them: no change is missed in between.</summary>
    public (ObjectSet Objects, ChangeReader Reader) ListAndFollow(ResourceKind kind)
    {
        lock (_gate)
            return (_kinds[kind].Current, new ChangeReader(this, kind, _version));
    }

    /// <summary>Watches and exact lists of a kind from before this version are refused.</summary>
    public long CompactedUpTo(ResourceKind kind)
    {
        lock (_gate)
            return _kinds[kind].CompactedUpTo;
    }

    /// <summary>Drops all changes up to now for new watches and exact lists; open watches lose nothing.</summary>
    public void Compact()
    {
        lock (_gate)
        {
            foreach (var kind in _kinds.Values)
                kind.CompactLocked(_version);
        }
    }

    public StorageSnapshot Snapshot()
    {
        lock (_gate)
            return new StorageSnapshot(_version, _kinds.ToImmutableDictionary(static pair => pair.Key, static pair => pair.Value.Current));
    }

    /// <summary>
    /// Restores an older state including the version counter, as an etcd restored from a backup does. A watch from a version of the lost
    /// history receives nothing until the counter has passed that version again.
    /// </summary>
    public void Restore(StorageSnapshot snapshot)
    {
        lock (_gate)
        {
            Volatile.Write(ref _version, snapshot.Version);
            foreach (var (kind, history) in _kinds)
                history.ReplaceLocked(snapshot.Objects.GetValueOrDefault(kind) ?? ObjectSet.Empty, snapshot.Version);
        }
        Restored?.Invoke();
    }

    internal bool TryRead(ResourceKind kind, long version, List<Change> into)
    {
        lock (_gate)
            return _kinds[kind].TryReadLocked(version, into);
    }

    internal void Listen(ResourceKind kind, ChangeSignal signal)
    {
        lock (_gate)
            _kinds[kind].ListenLocked(signal);
    }

    internal void StopListening(ResourceKind kind, ChangeSignal signal)
    {
        lock (_gate)
            _kinds[kind].LeaveLocked(signal);
    }

    private void AppendLocked(Change change)
    {
        Volatile.Write(ref _version, change.Version);
        _kinds[change.Kind].AppendLocked(change);
        Changed?.Invoke(change);
    }
}
