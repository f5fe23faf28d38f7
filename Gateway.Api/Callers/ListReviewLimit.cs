using System.Threading.RateLimiting;
using Gateway.Core.Identity;

namespace Gateway.Api.Callers;

/// <summary>
/// A token bucket per user of the reviews that its lists cost: one for each namespace whose answer is not cached. Taken from by every list under
/// <c>Access:Lookup=Rbac</c>; full buckets are removed after some seconds.
/// </summary>
internal sealed class ListReviewLimit(AccessOptions options) : IDisposable
{
    private readonly PartitionedRateLimiter<string> _reviews = PartitionedRateLimiter.Create<string, string>(
        user => RateLimitPartition.GetTokenBucketLimiter(user, _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = options.ListReviewBurst,
            TokensPerPeriod = options.ListReviewsPerSecond,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
            AutoReplenishment = false,
            QueueLimit = 0,
        }),
        StringComparer.Ordinal);

    /// <summary>Whether one more review may be asked for this user's lists now.</summary>
    public bool TryTake(KubernetesUser user)
    {
        using var taken = _reviews.AttemptAcquire(user.Username);
        return taken.IsAcquired;
    }

    public void Dispose() => _reviews.Dispose();
}
