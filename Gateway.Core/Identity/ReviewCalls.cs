using System.Diagnostics;
using Gateway.Core.Diagnostics;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Core.Results;
using Gateway.Core.Timing;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.Identity;

/// <summary>
/// Asks the API server about identities and rights: a bounded number at once, fair per caller, retried where that can help. A failure
/// becomes a refusal, never an acceptance.
/// </summary>
public sealed partial class ReviewCalls(
    IReviewApi api, IdentityOptions options, TimeProvider time, GatewayMetrics metrics, ILogger<ReviewCalls> logger)
{
    /// <summary>Reviews that wait at once, of all callers. A replica that starts is asked by every pod of a large cluster within seconds.</summary>
    private const int MaxWaiting = 20_000;

    /// <summary>Reviews that wait at once, of one caller; behind one address there may be many.</summary>
    private const int MaxWaitingPerCaller = 1_000;

    /// <summary>Reviews in flight of streams that are checked again, beside those of calls.</summary>
    private const int MaxRechecksInFlight = 8;

    private readonly CallGate _gate = new(options.MaxReviewsInFlight, options.ReviewQueueFor, time, MaxWaiting, MaxWaitingPerCaller);
    private readonly CallGate _rechecks = new(MaxRechecksInFlight, options.ReviewQueueFor, time, MaxWaiting, MaxWaitingPerCaller);
    private readonly LogPace _pace = new(time);

    /// <param name="kind">What is asked, for metrics and logs: <c>token</c>, <c>access</c> or <c>pod</c>.</param>
    /// <param name="caller">The key by which the queue is fair.</param>
    /// <param name="call">The call itself; the token ends it at the deadline.</param>
    /// <param name="veto">Checked after queueing, right before the call: a refusal makes the call unnecessary. Null: nothing to check.</param>
    /// <param name="lane">Which queue it waits in.</param>
    internal async Task<Result<T>> AskAsync<T>(
        string kind, string caller, Func<IReviewApi, CancellationToken, Task<T>> call, Func<Refusal?>? veto = null,
        ReviewLane lane = ReviewLane.Calls)
    {
        using var span = GatewayTraces.Review(kind);
        using var permit = await (lane == ReviewLane.Rechecks ? _rechecks : _gate).EnterAsync(caller, CancellationToken.None);
        if (permit is null)
        {
            metrics.Reviews.Add(1, new("kind", kind), new("result", "overloaded"));
            span.End("overloaded", failed: true);
            return new Refusal(RefusalCodes.Overloaded, "Too many reviews of callers are queued.") { RetryAfter = Jitter.AtLeast(TimeSpan.FromSeconds(2)) };
        }

        if (veto?.Invoke() is { } vetoed)
            return vetoed;
        using var deadline = new CancellationTokenSource(options.ReviewTimeout, time);
        var backoff = new Backoff(BackoffDelays.OfCalls, time);
        while (true)
        {
            try
            {
                var answer = await call(api, deadline.Token);
                metrics.Reviews.Add(1, new("kind", kind), new("result", "answered"));
                span.End("answered");
                return answer;
            }
            catch (KubernetesApiException trouble) when (trouble.IsUnavailable || trouble.IsTooManyRequests)
            {
                if (await backoff.TryWaitAsync(trouble.RetryAfter, options.ReviewTimeout, deadline.Token))
                    continue;
                return Unavailable(span, kind, trouble.StatusCode, trouble.RetryAfter);
            }
            catch (KubernetesApiException refused)
            {
                if (_pace.Allows($"refused {kind}", out var leftOut))
                    RefusedToTheGateway(logger, kind, refused.StatusCode, refused.Reason, leftOut);
                return Unavailable(span, kind, refused.StatusCode, null);
            }
            catch (OperationCanceledException) when (deadline.IsCancellationRequested)
            {
                return Unavailable(span, kind, 0, null);
            }
        }
    }

    private Refusal Unavailable(Activity? span, string kind, int statusCode, TimeSpan? retryAfter)
    {
        span.End("unavailable", failed: true);
        metrics.Reviews.Add(1, new("kind", kind), new("result", "unavailable"));
        if (_pace.Allows($"no answer {kind}", out var leftOut))
            NoAnswer(logger, kind, statusCode, leftOut);
        return new Refusal(RefusalCodes.ApiServerUnavailable, "The Kubernetes API server did not answer who is calling or what the caller may do.")
        {
            RetryAfter = retryAfter ?? Jitter.AtLeast(TimeSpan.FromSeconds(2)),
        };
    }

    [LoggerMessage(1400, LogLevel.Warning, "A {Kind} review got no usable answer (status {StatusCode}); the caller is refused with 503. At most once a minute; {LeftOut} more since the last line.")]
    private static partial void NoAnswer(ILogger logger, string kind, int statusCode, long leftOut);

    [LoggerMessage(1401, LogLevel.Error,
        "The API server refused the gateway's own {Kind} review with {StatusCode} {Reason}; callers are refused until the gateway's account has the right. At most once a minute; {LeftOut} more since the last line.")]
    private static partial void RefusedToTheGateway(ILogger logger, string kind, int statusCode, string? reason, long leftOut);
}

/// <summary>Which queue a review waits in: a caller that floods its own requests must not delay the loss of its own right.</summary>
public enum ReviewLane
{
    /// <summary>A request that has to be recognised or allowed.</summary>
    Calls,

    /// <summary>An open stream whose right is checked again.</summary>
    Rechecks,
}
