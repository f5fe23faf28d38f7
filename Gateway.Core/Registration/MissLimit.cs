using Gateway.Core.Identity;
using Gateway.Core.PodWriting;
using Gateway.Core.Results;

namespace Gateway.Core.Registration;

/// <summary>
/// How often a caller may ask for ids and pods that do not exist: a leaky bucket for each caller. What was found costs nothing. Callers beyond the
/// limit of buckets share one, so memory is bounded. Written by every call that asks the API server for what this replica does not know, under one
/// lock.
/// </summary>
public sealed class MissLimit(RegistrationOptions options, TimeProvider time)
{
    /// <summary>A read of one pod.</summary>
    internal const int Read = 1;

    /// <summary>A search over all pods.</summary>
    internal const int Search = 5;

    private const int MaxCallers = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Bucket> _buckets = new(StringComparer.Ordinal);
    private Bucket _shared;
    private long _sweptAt = time.GetTimestamp();

    /// <summary>Null: the caller may ask; <see cref="GiveBack"/> what was found.</summary>
    internal Refusal? Take(CallerIdentity caller, int cost)
    {
        lock (_gate)
        {
            var level = LevelLocked(BucketLocked(caller.FairnessKey, out var isOwn)) + cost;
            if (level > options.MissBurst)
            {
                return new Refusal(RefusalCodes.RateLimited, "This caller asks for registrations that do not exist too often. Name the pod (namespace and pod), or take ids from GET /v1/registrations.")
                {
                    RetryAfter = TimeSpan.FromSeconds((level - options.MissBurst) / options.MissesPerSecond),
                };
            }

            SetLocked(caller.FairnessKey, isOwn, level);
            return null;
        }
    }

    internal void GiveBack(CallerIdentity caller, int cost)
    {
        lock (_gate)
        {
            var level = LevelLocked(BucketLocked(caller.FairnessKey, out var isOwn));
            SetLocked(caller.FairnessKey, isOwn, Math.Max(0, level - cost));
        }
    }

    private Bucket BucketLocked(string key, out bool isOwn)
    {
        isOwn = true;
        if (_buckets.TryGetValue(key, out var bucket))
            return bucket;
        if (_buckets.Count >= MaxCallers)
            SweepLocked();
        isOwn = _buckets.Count < MaxCallers;
        return isOwn ? default : _shared;
    }

    private void SetLocked(string key, bool isOwn, double level)
    {
        var next = new Bucket(level, time.GetTimestamp());
        if (isOwn)
            _buckets[key] = next;
        else
            _shared = next;
    }

    private double LevelLocked(Bucket bucket) =>
        bucket.Level == 0 ? 0 : Math.Max(0, bucket.Level - (time.GetElapsedTime(bucket.At).TotalSeconds * options.MissesPerSecond));

    private void SweepLocked()
    {
        // It visits all buckets, so it runs rarely.
        if (time.GetElapsedTime(_sweptAt) < TimeSpan.FromSeconds(1))
            return;
        _sweptAt = time.GetTimestamp();
        foreach (var (key, bucket) in _buckets)
        {
            if (LevelLocked(bucket) <= 0)
                _buckets.Remove(key);
        }
    }

    private readonly record struct Bucket(double Level, long At);
}
