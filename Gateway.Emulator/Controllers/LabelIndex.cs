namespace Gateway.Emulator.Controllers;

/// <summary>Items by namespace, label key, label value and name. Written and read by the loop that owns it.</summary>
internal sealed class LabelIndex<T>
{
    private readonly Dictionary<(string Namespace, string Key, string Value), Dictionary<string, T>> _items = [];

    public void Set(string ns, string key, string value, string name, T item)
    {
        if (!_items.TryGetValue((ns, key, value), out var named))
        {
            _items.Add((ns, key, value), named = new Dictionary<string, T>(StringComparer.Ordinal));
        }

        named[name] = item;
    }

    public void Remove(string ns, string key, string value, string name)
    {
        if (_items.TryGetValue((ns, key, value), out var named) && named.Remove(name) && named.Count == 0)
        {
            _items.Remove((ns, key, value));
        }
    }

    public IReadOnlyCollection<T> Find(string ns, string key, string value) =>
        _items.TryGetValue((ns, key, value), out var named) ? named.Values : [];

    public void Clear() => _items.Clear();
}
