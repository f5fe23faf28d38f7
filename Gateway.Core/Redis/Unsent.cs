using Gateway.Core.Diagnostics;

namespace Gateway.Core.Redis;

/// <summary>
/// What waits to be sent to Redis: the newest value of each key, in the order in which the keys came, bounded. When it is full the oldest is dropped
/// and counted. Any thread adds; the exchange takes batches, and returns one that failed.
/// </summary>
/// <param name="merge">Of a known and a new value the one that is sent.</param>
internal sealed class Unsent<TKey, TValue>(RedisStore store, int most, GatewayMetrics metrics, Func<TValue, TValue, TValue> merge)
    where TKey : notnull
{
    private readonly string _name = store.ToString().ToLowerInvariant();
    private readonly Lock _gate = new();
    private readonly Dictionary<TKey, LinkedListNode<(TKey Key, TValue Value)>> _places = [];
    private readonly LinkedList<(TKey Key, TValue Value)> _queue = [];

    public int Count
    {
        get
        {
            lock (_gate)
                return _queue.Count;
        }
    }

    public void Add(TKey key, TValue value)
    {
        lock (_gate)
        {
            if (_places.TryGetValue(key, out var place))
            {
                place.Value = (key, merge(place.Value.Value, value));
                return;
            }

            _places[key] = _queue.AddLast((key, value));
            if (_queue.Count > most)
                DropOldestLocked();
        }
    }

    /// <summary>The oldest ones; at most so many.</summary>
    public List<(TKey Key, TValue Value)> Take(int count)
    {
        List<(TKey, TValue)> batch = [];
        lock (_gate)
        {
            while (batch.Count < count && _queue.First is { } first)
            {
                _queue.RemoveFirst();
                _places.Remove(first.Value.Key);
                batch.Add(first.Value);
            }
        }

        return batch;
    }

    /// <summary>They were not sent, and are older than all that came since.</summary>
    public void Return(IReadOnlyList<(TKey Key, TValue Value)> batch)
    {
        lock (_gate)
        {
            for (var i = batch.Count - 1; i >= 0; i--)
            {
                var (key, value) = batch[i];
                if (_places.TryGetValue(key, out var place))
                    place.Value = (key, merge(value, place.Value.Value));
                else
                    _places[key] = _queue.AddFirst(batch[i]);
            }

            while (_queue.Count > most)
                DropOldestLocked();
        }
    }

    private void DropOldestLocked()
    {
        _places.Remove(_queue.First!.Value.Key);
        _queue.RemoveFirst();
        metrics.RedisDropped.Add(1, new KeyValuePair<string, object?>("store", _name));
    }
}
