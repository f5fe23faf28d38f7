using System.Threading.RateLimiting;
using Gateway.Core.Identity;
using Gateway.Core.Results;

namespace Gateway.Api.Callers;

/// <summary>
/// A token bucket of writes per caller. Every write takes from its caller's bucket; full buckets are removed after some seconds, so
/// memory is bounded by the recent callers.
/// </summary>
internal sealed class WriteLimit : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly PartitionedRateLimiter<CallerIdentity> _buckets;

    public WriteLimit(LimitOptions options)
    {
        var (pods, users) = (Bucket(options.WriteBurst, options.WritesPerSecond), Bucket(options.UserWriteBurst, options.UserWritesPerSecond));
        _buckets = PartitionedRateLimiter.Create<CallerIdentity, string>(caller => caller is PodCaller
            ? RateLimitPartition.GetTokenBucketLimiter(caller.FairnessKey, _ => pods)
            : RateLimitPartition.GetTokenBucketLimiter(KeyOf(caller), _ => users));
    }

    /// <summary>Null: allowed.</summary>
    public Refusal? Take(CallerIdentity caller)
    {
        using var taken = _buckets.AttemptAcquire(caller);
        if (taken.IsAcquired)
            return null;
        return new Refusal(RefusalCodes.RateLimited, "This caller exceeds its write limit; nothing was written.")
        {
            RetryAfter = taken.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : Period,
        };
    }

    public void Dispose() => _buckets.Dispose();

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
