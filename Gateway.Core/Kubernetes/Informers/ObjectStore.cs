using System.Collections.Frozen;
using System.Collections.Immutable;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Kubernetes.Informers;

/// <summary>
/// The copy of one kind (in one watched namespace). Its Reflector is the only writer. Any thread reads objects without a lock; the
/// projector alone drains the feed. Objects are immutable; a relist is built separately and swapped in as a whole.
/// </summary>
public sealed class ObjectStore<T> : IChangeFeed<T>
    where T : class, IKubernetesObject
{
    private static readonly IReadOnlyDictionary<ObjectKey, T?> Nothing = FrozenDictionary<ObjectKey, T?>.Empty;

    private readonly Lock _gate = new();
    private readonly ObjectIndex<T>[] _indices;
    private volatile StoreContent<T> _content;
    private Dictionary<ObjectKey, T?>? _pending;
    private ulong _version;
    private uint _history;
    private volatile bool _hasSynced;

    public ObjectStore(params ObjectIndex<T>[] indices)
    {
        _indices = indices;
        _content = new StoreContent<T>(indices).Published();
    }

    /// <summary>
    /// Called by the writer after a change (of an object, or of the version alone) was added to the feed, with the timestamp of the change's arrival; 0:
    /// now. It must not block.
    /// </summary>
    public Action<long>? Changed { get; set; }

    /// <summary>
    /// Called by the writer with an object before and after a single write, since a watch sends every version; not called for
    /// lists. It must not block.
    /// </summary>
    public Action<T, T>? Replaced { get; set; }

    /// <summary>The newest version in the store.</summary>
    public ulong Version => Volatile.Read(ref _version);

    /// <summary>How often etcd was restored to an older state while this process ran.</summary>
    public uint History => Volatile.Read(ref _history);

    /// <summary>The first list was stored.</summary>
    public bool HasSynced => _hasSynced;

    public int Count => _content.Count;

    /// <summary>Every object; concurrent changes may or may not be included.</summary>
    public IEnumerable<T> All => _content.All;

    public T? Find(ObjectKey key) => _content.Find(key);

    /// <summary>
    /// The object in the store that this one, just listed, repeats; otherwise the listed one. A list that is being received then keeps no second copy of
    /// what has not changed. Not for a list that may show a restored etcd: equal versions do not mean equal content there.
    /// </summary>
    public T HeldOr(T listed) => _content.Find(listed.Metadata.Key) is { } held && IsSame(held, listed) ? held : listed;

    /// <summary>The objects with this value in the index.</summary>
    public ImmutableArray<T> ByIndex(string name, string value) => _content.Find(name, value);

    public ChangeBatch<T> Drain()
    {
        lock (_gate)
        {
            var changes = _pending ?? Nothing;
            _pending = null;
            return new(changes, _version, _history, _hasSynced);
        }
    }

    public ChangeBatch<T> DrainAll()
    {
        lock (_gate)
        {
            var all = new Dictionary<ObjectKey, T?>(_content.Count);
            foreach (var value in _content.All)
                all[value.Metadata.Key] = value;
            _pending = null;
            return new(all, _version, _history, _hasSynced);
        }
    }

    /// <summary>An object was added or changed, at this version.</summary>
    public void Put(T value, ulong version, long arrived = 0)
    {
        T? former;
        lock (_gate)
        {
            former = _content.Find(value.Metadata.Key);
            AnnounceLocked(value.Metadata.Key, value);
            _content.Put(value);
            AdvanceLocked(version);
        }

        if (former is not null)
            Replaced?.Invoke(former, value);
        Changed?.Invoke(arrived);
    }

    /// <summary>An object was deleted, at this version.</summary>
    public void Remove(ObjectKey key, ulong version, long arrived = 0)
    {
        lock (_gate)
        {
            if (_content.Find(key) is not null)
                AnnounceLocked(key, null);
            _content.Remove(key);
            AdvanceLocked(version);
        }

        Changed?.Invoke(arrived);
    }

    /// <summary>Nothing of this kind changed up to this version.</summary>
    public void Advance(ulong version)
    {
        lock (_gate)
        {
            if (version <= _version)
                return;
            AdvanceLocked(version);
        }

        Changed?.Invoke(0);
    }

    /// <summary>
    /// Replaces all objects by a list in one step and announces the difference. With <paramref name="historyReplaced"/>
    /// the version may fall, the history number rises, and every object counts as changed, since equal versions no longer mean equal content.
    /// </summary>
    public void Replace(IReadOnlyCollection<T> items, ulong version, bool historyReplaced = false)
    {
        var former = _content;
        var next = new StoreContent<T>(_indices);
        var changed = new List<KeyValuePair<ObjectKey, T?>>();
        foreach (var item in items)
        {
            if (!historyReplaced && former.Find(item.Metadata.Key) is { } held && IsSame(held, item))
            {
                next.Put(held);
                continue;
            }

            next.Put(item);
            changed.Add(new(item.Metadata.Key, item));
        }

        foreach (var held in former.All)
        {
            if (next.Find(held.Metadata.Key) is null)
                changed.Add(new(held.Metadata.Key, null));
        }

        lock (_gate)
        {
            foreach (var (key, value) in changed)
                AnnounceLocked(key, value);
            _content = next.Published();
            Volatile.Write(ref _version, version);
            if (historyReplaced)
                Volatile.Write(ref _history, _history + 1);
            _hasSynced = true;
        }

        Changed?.Invoke(0);
    }

    // An object that could not be decoded before may be decodable now (another API server, another encoding): it always counts as changed.
    private static bool IsSame(T held, T listed) =>
        held.Metadata.Version == listed.Metadata.Version && held.Metadata.PackedUid.Equals(listed.Metadata.PackedUid) && held is not Pod { Unreadable: true };

    // Announced, then stored, then counted as seen: after a failure in between, the next watch or list sends it again.
    private void AnnounceLocked(ObjectKey key, T? value) => (_pending ??= [])[key] = value;

    private void AdvanceLocked(ulong version)
    {
        if (version > _version)
            Volatile.Write(ref _version, version);
    }
}

/// <summary>A way to find objects by something other than their name; <paramref name="Values"/> must depend on the object alone.</summary>
public sealed record ObjectIndex<T>(string Name, Func<T, ImmutableArray<string>> Values)
    where T : class, IKubernetesObject
{
    /// <summary>Whether one of the values is this, where that can be found out with less.</summary>
    public Func<T, string, bool> Has { get; init; } = (value, term) => Values(value).Contains(term);
}
