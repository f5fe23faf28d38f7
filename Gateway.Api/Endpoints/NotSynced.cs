using Gateway.Core.Results;

namespace Gateway.Api.Endpoints;

/// <summary>Before the first sync: unknown is not empty, so nothing is answered.</summary>
internal static class NotSynced
{
    /// <summary>The response adds jitter to Retry-After.</summary>
    public static Refusal Refusal() => new(RefusalCodes.NotSynced, "This replica has not yet listed the whole cluster.")
    {
        RetryAfter = TimeSpan.FromSeconds(1),
    };
}
