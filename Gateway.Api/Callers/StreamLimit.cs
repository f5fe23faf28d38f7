using Gateway.Core.Identity;
using Gateway.Core.Results;

namespace Gateway.Api.Callers;

/// <summary>How many event streams a caller has open; entered by a stream that opens, left by the same stream.</summary>
internal sealed class StreamLimit(LimitOptions options, LookupAccessCheck access, CallerResolver callers, ClientAddressReader addresses)
{
    private readonly CallerCounts _open = new(options.StreamsPerCaller);

    /// <summary>Whose stream it is; null: nobody can tell, so it counts in the replica's own limit alone.</summary>
    public async ValueTask<string?> CallerOfAsync(CallerEvidence evidence, CancellationToken cancellationToken)
    {
        // Where lookups are open a token was not asked for and proves nothing yet: a new one each time would be a new caller each time.
        if (!access.IsOpen)
        {
            var identified = await callers.IdentifyAsync(evidence, cancellationToken);
            if (!identified.IsRefused(out _) && identified.Value is not AnonymousCaller)
                return identified.Value.FairnessKey;
        }

        var client = addresses.Read(evidence);
        return client.Refusal is null ? CallerAddress.KeyOf(client.Address) : CallerAddress.KeyOf(evidence.RemoteAddress);
    }

    /// <summary>Null: let in, and has to leave.</summary>
    public Refusal? Enter(string? caller) => caller is null || _open.TryEnter(caller)
        ? null
        : new Refusal(RefusalCodes.Overloaded, "This caller has as many streams open as one may have; close some, or name several services in one.")
        {
            RetryAfter = TimeSpan.FromSeconds(5),
        };

    public void Leave(string? caller)
    {
        if (caller is not null)
            _open.Leave(caller);
    }
}
