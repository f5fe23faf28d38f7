using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Gateway.Core.Registry.Instances;

namespace Gateway.Core.Registry.Lookup;

/// <summary>
/// The round-robin position of each service and filter. Filters come from callers, so positions are kept by hash, never by text, and at most <see
/// cref="Most"/>: in two generations, of which the older is dropped when the younger is full. A position that is used moves to the younger, so
/// that a flood of other filters does not reset it. Any thread reads and advances; a new position is added under the lock.
/// </summary>
internal sealed class PickTurns
{
    public const int Most = 10_000;

    private readonly Lock _gate = new();
    private volatile ConcurrentDictionary<ulong, StrongBox<uint>> _younger = new();
    private ConcurrentDictionary<ulong, StrongBox<uint>> _older = new();
    private int _count;

    /// <summary>How many positions are kept.</summary>
    internal int Count
    {
        get
        {
            lock (_gate)
                return _younger.Count + _older.Count;
        }
    }

    /// <summary>The next number of that service and filter, from 0.</summary>
    public uint Next(ServiceKey service, LookupFilter filter)
    {
        var key = KeyOf(service, filter);
        var turn = _younger.TryGetValue(key, out var found) ? found : Add(key);
        return Interlocked.Increment(ref turn.Value);
    }

    /// <summary>What <see cref="Next"/> would return; the position stays.</summary>
    public uint Peek(ServiceKey service, LookupFilter filter)
    {
        var key = KeyOf(service, filter);
        lock (_gate)
            return _younger.TryGetValue(key, out var found) || _older.TryGetValue(key, out found) ? Volatile.Read(ref found.Value) + 1 : 0;
    }

    // Both hashes are seeded by the process, so that no caller can aim at the position of another.
    private static ulong KeyOf(ServiceKey service, LookupFilter filter) =>
        ((ulong)(uint)service.GetHashCode() << 32) | (uint)filter.GetHashCode();

    private StrongBox<uint> Add(ulong key)
    {
        lock (_gate)
        {
            if (_younger.TryGetValue(key, out var found))
                return found;
            if (_count == Most / 2)
            {
                (_older, _younger) = (_younger, new());
                _count = 0;
            }

            _count++;
            var turn = _older.Remove(key, out var older) ? older : new StrongBox<uint>(uint.MaxValue);
            _younger[key] = turn;
            return turn;
        }
    }
}
