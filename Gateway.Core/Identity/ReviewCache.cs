using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Gateway.Core.Results;
using Gateway.Core.Timing;

namespace Gateway.Core.Identity;

/// <summary>
/// Caches the results of reviews, each until its own expiry, at most <paramref name="capacity"/> of them; equal reviews of one lane at the same time
/// share one call. Written and read by every request that has to be recognised.
/// </summary>
internal sealed class ReviewCache<T>(int capacity, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Key, ReviewLane Lane), Lazy<Task<Review<T>>>> _underWay = new();

    public bool TryGet(string key, out Result<T> result)
    {
        if (_entries.TryGetValue(key, out var entry) && entry.Until > time.GetSteadyNow())
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
        if (_entries.TryGetValue(key, out var entry) && entry.RecallUntil > time.GetSteadyNow() && !entry.Result.IsRefused(out _))
        {
            accepted = entry.Result.Value;
            return true;
        }

        accepted = default;
        return false;
    }

    /// <summary>
    /// The cached result, or that of <paramref name="review"/>, which continues when a caller cancels, because others may wait for it too.
    /// </summary>
    public async Task<Result<T>> GetAsync(
        string key, Func<Task<Review<T>>> review, CancellationToken cancellationToken, ReviewLane lane = ReviewLane.Calls)
    {
        if (TryGet(key, out var known))
            return known;

        var call = _underWay.GetOrAdd((key, lane), static (call, state) => new(() => state.Cache.RunAsync(call, state.Review)), (Cache: this, Review: review));
        return (await call.Value.WaitAsync(cancellationToken)).Result;
    }

    private async Task<Review<T>> RunAsync((string Key, ReviewLane Lane) call, Func<Task<Review<T>>> review)
    {
        var key = call.Key;
        // The dictionary must contain this call before it can end and remove itself.
        await Task.Yield();
        try
        {
            // An earlier call with the same key may have cached its answer since the caller checked.
            if (_entries.TryGetValue(key, out var entry) && entry.Until > time.GetSteadyNow())
                return new(entry.Result, entry.Until);
            var done = await review();
            if (done.KeepUntil > time.GetSteadyNow())
                Keep(key, new Entry(done.Result, done.KeepUntil, done.RecallUntil));
            return done;
        }
        finally
        {
            _underWay.TryRemove(call, out _);
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
        var now = time.GetSteadyNow();
        foreach (var (key, entry) in _entries)
        {
            if (entry.Until <= now && entry.RecallUntil <= now)
                _entries.TryRemove(key, out _);
        }

        // None has expired: an eighth is removed and reviewed again when needed. First those without a time to recall, such as refusals.
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
/// The result of a review, and until when it may be used without another review. Until <paramref name="RecallUntil"/> it is kept as the latest
/// answer, which alone does not prove the caller.
/// </summary>
internal readonly record struct Review<T>(Result<T> Result, DateTimeOffset KeepUntil, DateTimeOffset RecallUntil = default);
