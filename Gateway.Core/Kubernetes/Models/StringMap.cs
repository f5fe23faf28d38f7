using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Gateway.Core.Kubernetes.Models;

/// <summary>
/// A small immutable map of strings (labels, annotations, a selector): one array with linear search, equal by content. Objects have a
/// handful of entries, for which this is both the smallest and the fastest form. Of two equal keys the later one counts.
/// </summary>
public sealed class StringMap : IReadOnlyDictionary<string, string>, IEquatable<StringMap>
{
    public static readonly StringMap Empty = new([]);

    private readonly KeyValuePair<string, string>[] _entries;

    public StringMap(IReadOnlyCollection<KeyValuePair<string, string>> entries) => _entries = WithoutDuplicates([.. entries]);

    public int Count => _entries.Length;

    public IEnumerable<string> Keys => _entries.Select(static entry => entry.Key);

    public IEnumerable<string> Values => _entries.Select(static entry => entry.Value);

    public string this[string key] => TryGetValue(key, out var value) ? value : throw new KeyNotFoundException(key);

    public bool ContainsKey(string key) => TryGetValue(key, out _);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out string value)
    {
        foreach (var entry in _entries)
        {
            if (entry.Key == key)
            {
                value = entry.Value;
                return true;
            }
        }

        value = null;
        return false;
    }

    public bool Equals(StringMap? other)
    {
        if (ReferenceEquals(this, other))
            return true;
        if (other is null || other.Count != Count)
            return false;
        foreach (var entry in _entries)
        {
            if (!other.TryGetValue(entry.Key, out var value) || value != entry.Value)
                return false;
        }

        return true;
    }

    public override bool Equals(object? obj) => Equals(obj as StringMap);

    /// <summary>Equal for equal content in any order.</summary>
    public override int GetHashCode()
    {
        var hash = _entries.Length;
        foreach (var entry in _entries)
            hash += HashCode.Combine(entry.Key, entry.Value);
        return hash;
    }

    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => _entries.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _entries.GetEnumerator();

    private static KeyValuePair<string, string>[] WithoutDuplicates(KeyValuePair<string, string>[] entries)
    {
        for (var i = 1; i < entries.Length; i++)
        {
            for (var earlier = 0; earlier < i; earlier++)
            {
                if (entries[earlier].Key == entries[i].Key)
                    return [.. entries.GroupBy(static entry => entry.Key).Select(static group => group.Last())];
            }
        }

        return entries;
    }
}
