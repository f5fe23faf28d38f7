using System.Net;

namespace Gateway.Core.Identity;

/// <summary>
/// Counts failed tokens, a leaky bucket for each <see cref="AddressPrefix"/>. Addresses beyond the limit of buckets, and callers whose address is
/// unknown, share one, so memory is bounded and every failure is counted. Written and read by the token authenticator, under one
/// lock that is held for a few instructions.
/// </summary>
/// <param name="burst">Failures in a row before a bucket is full.</param>
/// <param name="forgivenPerSecond">What leaks out of each bucket.</param>
/// <param name="maxAddresses">Buckets that are kept at most.</param>
internal sealed class FailureLimiter(int burst, double forgivenPerSecond, TimeProvider time, int maxAddresses = 10_000)
{
    // The longest wait that is returned, however slowly a bucket leaks.
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    // A sweep for empty buckets visits all of them, so it runs rarely.
    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, Bucket> _buckets = [];
    private Bucket _shared;
    private long? _sweptAt;

    /// <summary>How many addresses have a bucket of their own.</summary>
    public int Addresses
    {
        get
        {
            lock (_gate)
                return _buckets.Count;
        }
    }

    /// <summary>How long the address has to wait; null: not at all.</summary>
    public TimeSpan? WaitOf(IPAddress? address)
    {
        lock (_gate)
        {
            var level = LevelLocked(BucketOfLocked(address, out _));
            if (level + 1 <= burst)
                return null;
            var seconds = (level + 1 - burst) / forgivenPerSecond;
            return seconds < LongestWait.TotalSeconds ? TimeSpan.FromSeconds(seconds) : LongestWait;
        }
    }

    /// <param name="address">Where the token came from.</param>
    /// <param name="byTrouble">
    /// The token could not be reviewed, so it may be valid. Such failures fill a bucket at most to its limit, so that callers are accepted again as
    /// soon as reviews are answered.
    /// </param>
    public void Failed(IPAddress? address, bool byTrouble = false)
    {
        lock (_gate)
        {
            var level = LevelLocked(BucketOfLocked(address, out var own));
            var next = new Bucket(byTrouble ? Math.Max(level, Math.Min(level + 1, burst)) : level + 1, time.GetTimestamp());
            if (own is null)
                _shared = next;
            else
                _buckets[own] = next;
        }
    }

    /// <summary>The bucket in which an address counts. <paramref name="own"/>: the key of its own one; null: it is the shared one.</summary>
    private Bucket BucketOfLocked(IPAddress? address, out IPAddress? own)
    {
        own = address is null ? null : AddressPrefix.Of(address);
        if (own is null)
            return _shared;
        if (_buckets.TryGetValue(own, out var bucket))
            return bucket;
        if (_buckets.Count >= maxAddresses)
            SweepLocked();
        if (_buckets.Count < maxAddresses)
            return default;
        own = null;
        return _shared;
    }

    private double LevelLocked(Bucket bucket) =>
        bucket.Level == 0 ? 0 : Math.Max(0, bucket.Level - (time.GetElapsedTime(bucket.At).TotalSeconds * forgivenPerSecond));

    private void SweepLocked()
    {
        if (_sweptAt is { } swept && time.GetElapsedTime(swept) < SweepEvery)
            return;
        _sweptAt = time.GetTimestamp();
        foreach (var (address, bucket) in _buckets)
        {
            if (LevelLocked(bucket) <= 0)
                _buckets.Remove(address);
        }
    }

    private readonly record struct Bucket(double Level, long At);
}
