using System.Collections.Concurrent;

namespace Gateway.Api.Callers;

/// <summary>Counts what each caller has open, at most <paramref name="limit"/>; callers with none are removed.</summary>
internal sealed class CallerCounts(int limit)
{
    private readonly ConcurrentDictionary<string, int> _open = new(StringComparer.Ordinal);

    /// <summary>False: the limit is reached. Every successful enter needs a leave.</summary>
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
