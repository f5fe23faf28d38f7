using System.Threading.RateLimiting;

namespace Gateway.Api.Callers;

/// <summary>Counts what each caller has open, and lets it have at most so much; callers with none are forgotten after some seconds.</summary>
internal static class CallerCounts
{
    public static PartitionedRateLimiter<string> Of(int limit)
    {
        var options = new ConcurrencyLimiterOptions { PermitLimit = limit, QueueLimit = 0 };
        return PartitionedRateLimiter.Create<string, string>(caller => RateLimitPartition.GetConcurrencyLimiter(caller, _ => options), StringComparer.Ordinal);
    }
}
