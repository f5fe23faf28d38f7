using System.Threading.RateLimiting;
using Gateway.Api.Errors;
using Gateway.Core.Identity;
using Gateway.Core.Results;
using Gateway.Core.Timing;

namespace Gateway.Api.Callers;

/// <summary>
/// How many calls that do work (writes, heartbeats, lists) this replica carries out at once, and a quarter of that for one source address. Further ones are refused before anything of them is
/// read, so that those that were admitted keep their latency and memory has a ceiling. Lookups are answered from ready-made bytes, which costs less
/// than a refusal, and lookups that wait and streams have limits of their own: neither is counted. Probes and metrics are no calls of the API.
/// </summary>
internal sealed class WorkLimit(LimitOptions options, ClientAddressReader addresses, RefusalForms forms) : IDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    // So that no four callers hold all places with bodies that drip.
    private readonly PartitionedRateLimiter<string> _byCaller = CallerCounts.Of(Math.Max(1, options.CallsAtOnce / 4));
    private readonly ConcurrencyLimiter _places = new(new ConcurrencyLimiterOptions { PermitLimit = options.CallsAtOnce, QueueLimit = 0 });

    /// <summary>Of a group of routes; those marked as <see cref="LightWork"/> stay as they are.</summary>
    public void Guard(EndpointBuilder endpoint)
    {
        if (endpoint.RequestDelegate is { } next && !endpoint.Metadata.OfType<LightWork>().Any())
            endpoint.RequestDelegate = context => RunAsync(context, next);
    }

    public void Dispose()
    {
        _places.Dispose();
        _byCaller.Dispose();
    }

    private async Task RunAsync(HttpContext context, RequestDelegate next)
    {
        using var own = KeyOf(context) is { } caller ? _byCaller.AttemptAcquire(caller) : null;
        using var place = own is { IsAcquired: false } ? own : _places.AttemptAcquire();
        if (place.IsAcquired)
            await next(context);
        else
            await forms.AnswerAsync(context, new Refusal(RefusalCodes.Overloaded, "This replica carries out as many calls as it can; nothing of this one was done.")
            {
                RetryAfter = Jitter.AtLeast(RetryAfter),
            });
    }

    // As for connections: addresses that many callers share count only in all.
    private string? KeyOf(HttpContext context)
    {
        var evidence = CallerEvidenceReader.Read(context);
        var client = addresses.Read(evidence);
        return CallerAddress.KeyOf(client.Refusal is null ? client.Address : evidence.RemoteAddress);
    }
}

/// <summary>Metadata of an endpoint that answers from memory at once, or whose open calls are counted by another limit.</summary>
internal sealed record LightWork
{
    public static readonly LightWork Mark = new();
}
