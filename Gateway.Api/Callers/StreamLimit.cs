using System.Threading.RateLimiting;
using Gateway.Core.Identity;
using Gateway.Core.Results;

namespace Gateway.Api.Callers;

/// <summary>Counts the open event streams, the waiting lookups and the waiting drains of each caller. Written by their calls.</summary>
internal sealed class StreamLimit(LimitOptions options, LookupAccessCheck access, CallerResolver callers, ClientAddressReader addresses) : IDisposable
{
    private readonly PartitionedRateLimiter<string> _open = CallerCounts.Of(options.StreamsPerCaller);
    private readonly PartitionedRateLimiter<string> _waiting = CallerCounts.Of(options.WaitsPerCaller);
    private readonly PartitionedRateLimiter<string> _draining = CallerCounts.Of(options.WaitsPerCaller);

    /// <summary>The key of the stream's caller; null: unknown, so the stream counts only against the replica's limit.</summary>
    public async ValueTask<string?> CallerOfAsync(CallerEvidence evidence, CancellationToken cancellationToken)
    {
        // With open lookups tokens are not verified: otherwise a new token each time would be a new caller each time.
        if (!access.IsOpen)
        {
            var identified = await callers.IdentifyAsync(evidence, cancellationToken);
            if (!identified.IsRefused(out _) && identified.Value is not AnonymousCaller)
                return identified.Value.FairnessKey;
        }

        var client = addresses.Read(evidence);
        return client.Refusal is null ? CallerAddress.KeyOf(client.Address) : CallerAddress.KeyOf(evidence.RemoteAddress);
    }

    /// <summary>A place for one stream of the caller, until it is disposed of; <paramref name="place"/> is null without a limit for that caller.</summary>
    public Refusal? Enter(string? caller, out RateLimitLease? place) =>
        Enter(_open, caller, "This caller has reached its stream limit. Close some streams, or watch several services with one.", out place);

    /// <summary>A place for one lookup that waits, like that of a stream.</summary>
    public Refusal? EnterWait(string? caller, out RateLimitLease? place) =>
        Enter(_waiting, caller, "This caller has reached its limit of lookups that wait. Use a stream for several services.", out place);

    /// <summary>A place for one drain that waits; a caller that is known by its address alone counts like a lookup's.</summary>
    public Refusal? EnterDrain(CallerIdentity caller, out RateLimitLease? place) => Enter(
        _draining,
        caller is AnonymousCaller ? CallerAddress.KeyOf(caller.RemoteAddress) : caller.FairnessKey,
        "This caller has reached its limit of drains that wait; nothing was changed. Leave drain=wait out, or retry.",
        out place);

    private static Refusal? Enter(PartitionedRateLimiter<string> places, string? caller, string surplus, out RateLimitLease? place)
    {
        place = caller is null ? null : places.AttemptAcquire(caller);
        return place is not { IsAcquired: false } ? null : new Refusal(RefusalCodes.Overloaded, surplus) { RetryAfter = TimeSpan.FromSeconds(5) };
    }

    public void Dispose()
    {
        _open.Dispose();
        _waiting.Dispose();
        _draining.Dispose();
    }
}
