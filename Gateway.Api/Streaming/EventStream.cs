using Gateway.Core.Diagnostics;
using Gateway.Core.Results;
using Gateway.Core.Subscriptions;
using Gateway.Core.Supervision;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Api.Streaming;

/// <summary>
/// Answers requests with event streams (contract, section 3): one loop for each stream, woken by the hub or by its clock.
/// </summary>
internal sealed partial class EventStream(
    SubscriptionHub hub, SubscriptionOptions options, LoopSupervisor loops, TimeProvider time, GatewayMetrics metrics, ILogger<EventStream> logger)
{
    public const string MediaType = "text/event-stream";

    // Events sent between two checks of the stream's clock.
    private const int EventsPerTurn = 512;

    /// <summary>Checks of a stream's right without an answer, in a row, after which the stream ends.</summary>
    private const int MaxUnanswered = 3;

    // A stream sends nothing while its right is checked; together with the time between two comments this must stay below 15 s.
    private static readonly TimeSpan RecheckLimit = TimeSpan.FromSeconds(2.5);

    /// <summary>Null: the maximum number of streams is open, or this replica is shutting down.</summary>
    public Subscription? TryOpen(StreamSelection selection, StreamStart start) => hub.TryOpen(selection, start);

    /// <summary>Sends until the client, the stream's terms or this replica ends it. Disposes the subscription.</summary>
    public async Task RunAsync(HttpContext context, Subscription subscription, StreamTerms terms)
    {
        using (subscription)
        using (var clock = new StreamClock(loops, time, options, subscription, terms))
        {
            Begin(context.Response);
            var writer = new EventWriter(context.Response.BodyWriter, options.SendTimeout, time, metrics);
            var cancellationToken = context.RequestAborted;
            try
            {
                // Sent at once: a resumed stream may have nothing to send for long. If this replica is lost, its clients do not all
                // reconnect at the same moment.
                writer.WriteRetry(TimeSpan.FromMilliseconds(500 + Random.Shared.Next(2_500)));
                await writer.FlushAsync(cancellationToken);
                await SendAsync(writer, subscription, clock, terms, cancellationToken);
            }
            catch (TimeoutException)
            {
                subscription.End = StreamEnd.TooSlow;
                LogTooSlow(logger, context.Connection.Id, options.SendTimeout);
                context.Abort();
            }
            catch (Exception e) when (cancellationToken.IsCancellationRequested && e is OperationCanceledException or IOException)
            {
                // The client has disconnected.
            }
        }
    }

    /// <summary>
    /// For an EventSource that cannot be served now: 200 with a retry time, then the end. After a 503 an EventSource would never reconnect.
    /// </summary>
    public static async Task TurnAwayAsync(HttpContext context)
    {
        Begin(context.Response);
        var milliseconds = 1_000 + Random.Shared.Next(4_000);
        var text = $"retry: {milliseconds}\nevent: goaway\ndata: {{\"retryAfterMs\":{milliseconds}}}\n\n";
        await context.Response.WriteAsync(text, context.RequestAborted);
    }

    public static bool IsAskedFor(HttpRequest request)
    {
        foreach (var accept in request.Headers.Accept)
        {
            if (accept?.Contains(MediaType, StringComparison.OrdinalIgnoreCase) == true)
                return true;
        }
        return false;
    }

    private static void Begin(HttpResponse response)
    {
        response.ContentType = MediaType;
        response.Headers.CacheControl = "no-cache, no-transform";
        response.Headers["X-Accel-Buffering"] = "no";
        response.HttpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
    }

    private async Task SendAsync(
        EventWriter writer, Subscription subscription, StreamClock clock, StreamTerms terms, CancellationToken cancellationToken)
    {
        while (true)
        {
            var isCaughtUp = await SendTurnAsync(writer, subscription, clock, cancellationToken);
            if (await LastEventAsync(subscription, clock, terms, cancellationToken) is { } last)
            {
                await writer.WriteAsync(last, cancellationToken);
                await writer.FlushAsync(cancellationToken);
                return;
            }
            if (clock.IsOver)
            {
                subscription.End = StreamEnd.Timeout;
                return;
            }
            if (!isCaughtUp)
                continue;
            if (clock.IsSilent)
            {
                writer.WriteComment();
                await writer.FlushAsync(cancellationToken);
                clock.RecordSent();
            }
            clock.Arm();
            await subscription.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Sends up to <see cref="EventsPerTurn"/> of the pending events; true if none is left.</summary>
    private async Task<bool> SendTurnAsync(EventWriter writer, Subscription subscription, StreamClock clock, CancellationToken cancellationToken)
    {
        var events = 0;
        var isCaughtUp = false;
        while (events < EventsPerTurn && !(isCaughtUp = !subscription.TryTake(out var next)))
        {
            await writer.WriteAsync(next, cancellationToken);
            events++;
            if (writer.IsFull)
                await writer.FlushAsync(cancellationToken);
        }
        if (writer.HasUnsent)
            await writer.FlushAsync(cancellationToken);
        RecordTurn(subscription, clock, events);
        if (isCaughtUp)
            writer.ResetSlow();
        return isCaughtUp;
    }

    /// <summary>Everything that was taken is on the connection.</summary>
    internal void RecordTurn(Subscription subscription, StreamClock clock, int events)
    {
        if (subscription.TakeArrived() is not 0 and var arrived && events > 0)
            metrics.Propagation.Record(time.GetElapsedTime(arrived).TotalSeconds);
        subscription.RecordSent();
        if (events == 0)
            return;
        clock.RecordSent();
        metrics.StreamEvents.Add(events);
    }

    /// <summary>Null: the stream continues.</summary>
    private async ValueTask<StreamEvent?> LastEventAsync(
        Subscription subscription, StreamClock clock, StreamTerms terms, CancellationToken cancellationToken)
    {
        if (hub.IsClosing || clock.IsTooOld)
        {
            subscription.End = hub.IsClosing ? StreamEnd.Shutdown : StreamEnd.MaxAge;
            return Goaway(subscription);
        }
        if (!clock.MustRecheck)
            return null;
        var (isAnswered, refusal) = await RecheckAsync(terms, cancellationToken);
        clock.RecordChecked(isAnswered);
        if (refusal is not null)
        {
            subscription.End = StreamEnd.Forbidden;
            return subscription.Problem(ProblemBytes(refusal));
        }
        if (clock.Unanswered < MaxUnanswered)
            return null;
        subscription.End = StreamEnd.Unconfirmed;
        return Goaway(subscription);
    }

    private static StreamEvent Goaway(Subscription subscription) => subscription.Goaway(TimeSpan.FromMilliseconds(500 + Random.Shared.Next(2_500)));

    /// <summary>A check that the API server could not answer takes no right away: it is no refusal.</summary>
    private async ValueTask<(bool IsAnswered, Refusal? Denied)> RecheckAsync(StreamTerms terms, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(RecheckLimit, time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            var refusal = await terms.Recheck(ending.Token);
            return refusal is null || IsDenied(refusal) ? (true, refusal) : (false, null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (false, null);
        }
    }

    private static bool IsDenied(Refusal refusal) => Errors.ProblemStatus.StatusOf(refusal.Code) is 401 or 403;

    private static byte[] ProblemBytes(Refusal refusal)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        Errors.ProblemJson.Write(buffer, refusal);
        return buffer.WrittenSpan.ToArray();
    }

    [LoggerMessage(1850, LogLevel.Information, "The reader of stream {Connection} accepted no bytes for {SendTimeout}; it is disconnected and may reconnect")]
    private static partial void LogTooSlow(ILogger logger, string connection, TimeSpan sendTimeout);
}
