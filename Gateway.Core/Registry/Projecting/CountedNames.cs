using System.Collections.Immutable;
using Gateway.Core.Registry.Origins;

namespace Gateway.Core.Registry.Projecting;

/// <summary>
/// The names that some of many records say, each as often as it is said: one record more or less costs the same however many there are. Owned by the
/// projector's thread.
/// </summary>
internal sealed class CountedNames
{
    // Null: no record has ever said one, as for most services.
    private Dictionary<string, int>? _counts;
    private ImmutableSortedSet<string>? _names;

    /// <summary>Each once. The same set as long as no name came or went.</summary>
    public ImmutableSortedSet<string> Names => _names ??= ServiceOrigins.NoNames.Union(_counts?.Keys ?? Enumerable.Empty<string>());

    public void Add(string name)
    {
        _counts ??= new(StringComparer.Ordinal);
        var count = _counts[name] = _counts.GetValueOrDefault(name) + 1;
        if (count == 1)
            _names = null;
    }

    /// <summary>Only what was added.</summary>
    public void Remove(string name)
    {
        if (_counts is null || !_counts.TryGetValue(name, out var count))
            return;
        if (count > 1)
        {
            _counts[name] = count - 1;
            return;
        }

        _counts.Remove(name);
        _names = null;
    }
}
