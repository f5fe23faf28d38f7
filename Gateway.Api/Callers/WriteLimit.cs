using System.Threading.RateLimiting;
using Gateway.Core.Identity;
using Gateway.Core.Results;

namespace Gateway.Api.Callers;

/// <summary>
/// A token bucket of writes per caller, and one of heartbeats. Every call of an unsafe method takes from its caller's bucket; full buckets are
/// removed after some seconds, so memory is bounded by the recent callers.
/// </summary>
internal sealed class WriteLimit : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly LimitOptions _options;
    private readonly PartitionedRateLimiter<CallerIdentity> _writes;
    private readonly PartitionedRateLimiter<CallerIdentity> _heartbeats;

    public WriteLimit(LimitOptions options)
    {
        _options = options;
        var users = Bucket(options.UserWriteBurst, options.UserWritesPerSecond);
        _writes = Buckets(Bucket(options.WriteBurst, options.WritesPerSecond), users);
        _heartbeats = Buckets(Bucket(options.HeartbeatBurst, options.HeartbeatsPerSecond), users);
    }

    /// <summary>Null: allowed.</summary>
    public Refusal? Take(CallerIdentity caller, WriteKind kind = WriteKind.Write) => Take(kind == WriteKind.Write ? _writes : _heartbeats, caller, 1);

    /// <summary>
    /// For further writes of a call that has taken for its first, before any of them: for all or none, so that a repeated call gets through. More than the
    /// bucket holds take a full one.
    /// </summary>
    public Refusal? TakeFurther(PodCaller caller, int writes) =>
        Math.Min(writes, _options.WriteBurst - 1) is > 0 and var places ? Take(_writes, caller, places) : null;

    private static Refusal? Take(PartitionedRateLimiter<CallerIdentity> buckets, CallerIdentity caller, int places)
    {
        using var taken = buckets.AttemptAcquire(caller, places);
        if (taken.IsAcquired)
            return null;
        return new Refusal(RefusalCodes.RateLimited, "This caller exceeds its write limit; nothing was written.")
        {
            RetryAfter = taken.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : Period,
        };
    }

    public void Dispose()
    {
        _writes.Dispose();
        _heartbeats.Dispose();
    }

    private static PartitionedRateLimiter<CallerIdentity> Buckets(TokenBucketRateLimiterOptions pods, TokenBucketRateLimiterOptions users) =>
        PartitionedRateLimiter.Create<CallerIdentity, string>(caller => caller is PodCaller
            ? RateLimitPartition.GetTokenBucketLimiter(caller.FairnessKey, _ => pods)
            : RateLimitPartition.GetTokenBucketLimiter(KeyOf(caller), _ => users));

    private static string KeyOf(CallerIdentity caller) =>
        caller is AnonymousCaller ? CallerAddress.KeyOf(caller.RemoteAddress) ?? caller.FairnessKey : caller.FairnessKey;

    private static TokenBucketRateLimiterOptions Bucket(int burst, int perSecond) => new()
    {
        TokenLimit = burst,
        TokensPerPeriod = perSecond,
        ReplenishmentPeriod = Period,
        AutoReplenishment = false,
        QueueLimit = 0,
    };
}

/// <summary>Which bucket a call takes from.</summary>
internal enum WriteKind
{
    Write,
    Heartbeat,
}
