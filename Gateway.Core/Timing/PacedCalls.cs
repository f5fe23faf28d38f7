namespace Gateway.Core.Timing;

/// <summary>
/// Calls whose answer serves everyone who asked before they began: of one key one at a time, and none sooner than <paramref name="pace"/> after the
/// one before it began. However many ask, the cost is that of one call in a pace, and no answer is older than its question. Every caller writes the
/// turns, under one lock.
/// </summary>
public sealed class PacedCalls<TKey, T>(TimeSpan pace, TimeProvider time)
    where TKey : notnull
{
    private const int SweepFrom = 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<TKey, Turn> _turns = [];
    private long _sweptAt = time.GetTimestamp();

    /// <summary>The answer of the next call for <paramref name="key"/>; a caller that cancels does not end it for others.</summary>
    public Task<T> AskAsync(TKey key, Func<Task<T>> call, CancellationToken cancellationToken)
    {
        Task<T> next;
        lock (_gate)
        {
            if (!_turns.TryGetValue(key, out var turn))
            {
                SweepLocked();
                _turns[key] = turn = new Turn();
            }

            next = turn.Next ??= RunAsync(turn, call);
        }

        return next.WaitAsync(cancellationToken);
    }

    private async Task<T> RunAsync(Turn turn, Func<Task<T>> call)
    {
        // The turn must hold this task before it can begin.
        await Task.Yield();
        if (turn.Current is { } before)
        {
            await Task.WhenAny(before);
            var wait = pace - time.GetElapsedTime(turn.BeganAt);
            if (wait > TimeSpan.Zero)
                await Task.Delay(wait, time);
        }

        lock (_gate)
            (turn.Current, turn.Next, turn.BeganAt) = (turn.Next, null, time.GetTimestamp());
        return await call();
    }

    private void SweepLocked()
    {
        if (_turns.Count < SweepFrom || time.GetElapsedTime(_sweptAt) < pace)
            return;
        _sweptAt = time.GetTimestamp();
        foreach (var (key, turn) in _turns)
        {
            if (turn is { Next: null, Current.IsCompleted: true } && time.GetElapsedTime(turn.BeganAt) >= pace)
                _turns.Remove(key);
        }
    }

    /// <summary>The call that began last, and the one that has not begun.</summary>
    private sealed class Turn
    {
        public Task<T>? Current { get; set; }

        public Task<T>? Next { get; set; }

        public long BeganAt { get; set; }
    }
}
