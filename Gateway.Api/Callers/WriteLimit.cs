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

    private readonly PartitionedRateLimiter<CallerIdentity> _writes;
    private readonly PartitionedRateLimiter<CallerIdentity> _heartbeats;

    public WriteLimit(LimitOptions options)
    {
        var users = Bucket(options.UserWriteBurst, options.UserWritesPerSecond);
        _writes = Buckets(Bucket(options.WriteBurst, options.WritesPerSecond), users);
        _heartbeats = Buckets(Bucket(options.HeartbeatBurst, options.HeartbeatsPerSecond), users);
    }

    /// <summary>Null: allowed.</summary>
    public Refusal? Take(CallerIdentity caller, WriteKind kind = WriteKind.Write)
    {
        using var taken = (kind == WriteKind.Write ? _writes : _heartbeats).AttemptAcquire(caller);
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
