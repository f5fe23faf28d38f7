using System.Collections.Immutable;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Kubernetes.Informers;

/// <summary>
/// The objects of one kind and their indices, from one list and the events since. Written by the store's single writer; read by any
/// thread without a lock: each write makes new trees, which share what did not change.
/// </summary>
internal sealed class StoreContent<T>
    where T : class, IKubernetesObject
{
    private readonly ObjectIndex<T>[] _indices;
    private readonly ObjectTrie<T>[] _entries;
    private ObjectTrie<T> _objects = new(static (value, i) => i == 0 ? value.Metadata.Key.GetHashCode() : null);
    private int _count;
    private bool _isPublished;

    public StoreContent(ObjectIndex<T>[] indices)
    {
        _indices = indices;
        _entries = [.. indices.Select(static index => new ObjectTrie<T>((value, i) => index.Values(value) is var terms && i < terms.Length ? terms[i].GetHashCode() : null))];
    }

    public int Count => Volatile.Read(ref _count);

    public IEnumerable<T> All => Volatile.Read(ref _objects).All;

    public T? Find(ObjectKey key)
    {
        foreach (var value in Volatile.Read(ref _objects).Candidates(key.GetHashCode()))
        {
            if (value.Metadata.Key == key)
                return value;
        }

        return null;
    }

    /// <summary>From now on it is read: it changes no more in place.</summary>
    public StoreContent<T> Published()
    {
        _isPublished = true;
        return this;
    }

    public void Put(T value) => Change(Find(value.Metadata.Key), value);

    public bool Remove(ObjectKey key)
    {
        if (Find(key) is not { } former)
            return false;
        Change(former, null);
        return true;
    }

    public ImmutableArray<T> Find(string name, string term)
    {
        var position = Array.FindIndex(_indices, candidate => candidate.Name == name);
        if (position < 0)
            throw new ArgumentException($"Unknown index {name}.", nameof(name));

        var found = ImmutableArray.CreateBuilder<T>();
        foreach (var value in Volatile.Read(ref _entries[position]).Candidates(term.GetHashCode()))
        {
            // The writer may be between the objects and the index: what no longer has the term is left out.
            if (_indices[position].Has(value, term) && Find(value.Metadata.Key) is { } current && (ReferenceEquals(current, value) || _indices[position].Has(current, term)))
                found.Add(current);
        }

        return found.DrainToImmutable();
    }

    private void Change(T? former, T? next)
    {
        _count += (next is null ? 0 : 1) - (former is null ? 0 : 1);
        Change(ref _objects, former, next);
        for (var i = 0; i < _entries.Length; i++)
            Change(ref _entries[i], former, next);
    }

    private void Change(ref ObjectTrie<T> objects, T? former, T? next)
    {
        if (_isPublished)
            Volatile.Write(ref objects, objects.With(former, next));
        else
            objects.Change(former, next);
    }
}
