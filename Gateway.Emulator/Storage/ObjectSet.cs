using System.Collections;
using System.Collections.Immutable;

namespace Gateway.Emulator.Storage;

/// <summary>All objects of one kind at one version, in etcd's order. Immutable: a list reads one set while writers make the next.</summary>
public sealed class ObjectSet : IEnumerable<StoredObject>
{
    public static readonly ObjectSet Empty = new(ImmutableSortedDictionary.Create<string, ImmutableSortedDictionary<string, StoredObject>>(NamespaceOrder.Instance), 0);

    private static readonly ImmutableSortedDictionary<string, StoredObject> NoObjects =
        ImmutableSortedDictionary.Create<string, StoredObject>(StringComparer.Ordinal);

    private readonly ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, StoredObject>> _namespaces;

    private ObjectSet(ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, StoredObject>> namespaces, int count)
    {
        _namespaces = namespaces;
        Count = count;
    }

    public int Count { get; }

    public StoredObject? Find(ObjectKey key) =>
        _namespaces.TryGetValue(key.Namespace, out var objects) && objects.TryGetValue(key.Name, out var found) ? found : null;

    public ObjectSet With(StoredObject item)
    {
        var objects = _namespaces.GetValueOrDefault(item.Namespace) ?? NoObjects;
        var next = objects.SetItem(item.Name, item);
        return new ObjectSet(_namespaces.SetItem(item.Namespace, next), Count + next.Count - objects.Count);
    }

    public ObjectSet Without(ObjectKey key)
    {
        if (!_namespaces.TryGetValue(key.Namespace, out var objects) || !objects.ContainsKey(key.Name))
            return this;
        var next = objects.Remove(key.Name);
        return new ObjectSet(next.IsEmpty ? _namespaces.Remove(key.Namespace) : _namespaces.SetItem(key.Namespace, next), Count - 1);
    }

    /// <summary>The objects of one namespace (null: of all); only those after <paramref name="after"/>, if given.</summary>
    public IEnumerable<StoredObject> In(string? ns, ObjectKey? after = null)
    {
        foreach (var (name, objects) in ns is null ? _namespaces : OneNamespace(ns))
        {
            var order = after is { } start ? NamespaceOrder.Instance.Compare(name, start.Namespace) : 1;
            if (order < 0)
                continue;
            foreach (var (_, item) in objects)
            {
                if (order > 0 || string.CompareOrdinal(item.Name, after!.Value.Name) > 0)
                    yield return item;
            }
        }
    }

    public int CountIn(string? ns) => ns is null ? Count : _namespaces.GetValueOrDefault(ns)?.Count ?? 0;

    public IEnumerator<StoredObject> GetEnumerator() => In(null).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private IEnumerable<KeyValuePair<string, ImmutableSortedDictionary<string, StoredObject>>> OneNamespace(string ns) =>
        _namespaces.TryGetValue(ns, out var objects) ? [new(ns, objects)] : [];
}
