using System.Collections.Concurrent;
using System.Collections.Immutable;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Kubernetes.Informers;

/// <summary>
/// The objects of one kind and their indices, from one list and the events since. Written by the store's single writer; read by any
/// thread without a lock.
/// </summary>
internal sealed class StoreContent<T>
    where T : class, IKubernetesObject
{
    private readonly ObjectIndex<T>[] _indices;
    private readonly ConcurrentDictionary<string, ImmutableArray<ObjectKey>>[] _entries;

    public StoreContent(ObjectIndex<T>[] indices, int capacity)
    {
        _indices = indices;
        _entries = [.. indices.Select(_ => new ConcurrentDictionary<string, ImmutableArray<ObjectKey>>(1, capacity))];
        Objects = new(1, Math.Max(capacity, 31));
    }

    public ConcurrentDictionary<ObjectKey, T> Objects { get; }

    public void Put(T value)
    {
        var key = value.Metadata.Key;
        if (_indices.Length > 0 && Objects.TryGetValue(key, out var former))
            RemoveFromIndices(key, former, value);
        Objects[key] = value;
        for (var i = 0; i < _indices.Length; i++)
        {
            foreach (var term in _indices[i].Values(value))
                Enter(_entries[i], term, key);
        }
    }

    public bool Remove(ObjectKey key)
    {
        if (!Objects.TryRemove(key, out var former))
            return false;
        RemoveFromIndices(key, former, null);
        return true;
    }

    public ImmutableArray<T> Find(string index, string term)
    {
        var position = Array.FindIndex(_indices, candidate => candidate.Name == index);
        if (position < 0)
            throw new ArgumentException($"Unknown index {index}.", nameof(index));
        if (!_entries[position].TryGetValue(term, out var keys))
            return [];

        // The writer may have changed the object after the index was read: an object that no longer has the term is left out.
        var found = ImmutableArray.CreateBuilder<T>(keys.Length);
        foreach (var key in keys)
        {
            if (Objects.TryGetValue(key, out var value) && _indices[position].Values(value).Contains(term))
                found.Add(value);
        }

        return found.DrainToImmutable();
    }

    private static void Enter(ConcurrentDictionary<string, ImmutableArray<ObjectKey>> entries, string term, ObjectKey key)
    {
        if (!entries.TryGetValue(term, out var keys))
            entries[term] = [key];
        else if (!keys.Contains(key))
            entries[term] = keys.Add(key);
    }

    private void RemoveFromIndices(ObjectKey key, T former, T? successor)
    {
        for (var i = 0; i < _indices.Length; i++)
        {
            var staying = successor is null ? [] : _indices[i].Values(successor);
            foreach (var term in _indices[i].Values(former))
            {
                if (staying.Contains(term) || !_entries[i].TryGetValue(term, out var keys))
                    continue;
                if (keys.Length == 1 && keys[0] == key)
                    _entries[i].TryRemove(term, out _);
                else
                    _entries[i][term] = keys.Remove(key);
            }
        }
    }
}
