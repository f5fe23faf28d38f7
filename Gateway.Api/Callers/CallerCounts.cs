using System.Collections.Concurrent;

namespace Gateway.Api.Callers;

/// <summary>How many of something each caller has open, at most <paramref name="limit"/>; a caller with none is not remembered.</summary>
internal sealed class CallerCounts(int limit)
{
    private readonly ConcurrentDictionary<string, int> _open = new(StringComparer.Ordinal);

    /// <summary>False: it has as many as allowed. Who was let in leaves.</summary>
    public bool TryEnter(string caller)
    {
        while (true)
        {
            if (!_open.TryGetValue(caller, out var count))
            {
                if (_open.TryAdd(caller, 1))
                    return true;
            }
            else if (count >= limit)
            {
                return false;
            }
            else if (_open.TryUpdate(caller, count + 1, count))
            {
                return true;
            }
        }
    }

    public void Leave(string caller)
    {
        while (_open.TryGetValue(caller, out var count))
        {
            if (count > 1 ? _open.TryUpdate(caller, count - 1, count) : _open.TryRemove(new(caller, count)))
                return;
        }
    }
}
