using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Gateway.Core.Results;

namespace Gateway.Core.Identity;

/// <summary>
/// Remembers what reviews came to, each until its own time, at most <paramref name="capacity"/> of them; everyone who asks the same at the
/// same time waits for one call. Written and read by every request that has to be recognised.
/// </summary>
internal sealed class ReviewCache<T>(int capacity, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<Task<Review<T>>>> _underWay = new(StringComparer.Ordinal);

    public bool TryGet(string key, out Result<T> result)
    {
        if (_entries.TryGetValue(key, out var entry) && entry.Until > time.GetUtcNow())
        {
            result = entry.Result;
            return true;
        }

        result = default;
        return false;
    }

    /// <summary>What the latest review accepted, although that may be believed no longer; false where there is no such review.</summary>
    public bool TryRecall(string key, [MaybeNullWhen(false)] out T accepted)
    {
        if (_entries.TryGetValue(key, out var entry) && entry.RecallUntil > time.GetUtcNow() && !entry.Result.IsRefused(out _))
        {
            accepted = entry.Result.Value;
            return true;
        }

        accepted = default;
        return false;
    }

    /// <summary>
    /// The remembered result, or that of <paramref name="review"/>, which runs on whoever gives up waiting: others may wait for it too.
    /// </summary>
    public async Task<Result<T>> GetAsync(string key, Func<Task<Review<T>>> review, CancellationToken cancellationToken)
    {
        if (TryGet(key, out var known))
            return known;

        var call = _underWay.GetOrAdd(key, static (key, state) => new(() => state.Cache.RunAsync(key, state.Review)), (Cache: this, Review: review));
        return (await call.Value.WaitAsync(cancellationToken)).Result;
    }

    private async Task<Review<T>> RunAsync(string key, Func<Task<Review<T>>> review)
    {
        // The dictionary must hold this call before it can end and take itself out again.
        await Task.Yield();
        try
        {
            // Whoever looked before an earlier call of the same had kept its answer finds it here.
            if (_entries.TryGetValue(key, out var entry) && entry.Until > time.GetUtcNow())
                return new(entry.Result, entry.Until);
            var done = await review();
            if (done.KeepUntil > time.GetUtcNow())
                Keep(key, new Entry(done.Result, done.KeepUntil, done.RecallUntil));
            return done;
        }
        finally
        {
            _underWay.TryRemove(key, out _);
        }
    }

    private void Keep(string key, Entry entry)
    {
        if (_entries.Count >= capacity)
            MakeRoom();
        _entries[key] = entry;
    }

    private void MakeRoom()
    {
        var now = time.GetUtcNow();
        foreach (var (key, entry) in _entries)
        {
            if (entry.Until <= now && entry.RecallUntil <= now)
                _entries.TryRemove(key, out _);
        }

        // All still good: any eighth of them makes room, they are asked for again. First those that nobody recalls, as refusals are.
        var surplus = _entries.Count >= capacity ? Math.Max(1, capacity / 8) : 0;
        foreach (var recalled in (ReadOnlySpan<bool>)[false, true])
        {
            foreach (var (key, entry) in _entries)
            {
                if (surplus == 0)
                    return;
                if (entry.RecallUntil > now == recalled && _entries.TryRemove(key, out _))
                    surplus--;
            }
        }
    }

    private sealed record Entry(Result<T> Result, DateTimeOffset Until, DateTimeOffset RecallUntil);
}

/// <summary>
/// What a review came to, and until when it may be believed without asking again. Until <paramref name="RecallUntil"/> it is known that this was
/// the latest answer, which is no ground for believing it.
/// </summary>
internal readonly record struct Review<T>(Result<T> Result, DateTimeOffset KeepUntil, DateTimeOffset RecallUntil = default);
