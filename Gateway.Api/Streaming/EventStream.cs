using Gateway.Core.Diagnostics;
using Gateway.Core.Refusals;
using Gateway.Core.Subscriptions;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Api.Streaming;

/// <summary>Answers requests with streams of events (contract, section 3): one loop for each stream, woken by the hub or by its clock.</summary>
internal sealed partial class EventStream(
    SubscriptionHub hub, SubscriptionOptions options, TimeProvider time, GatewayMetrics metrics, ILogger<EventStream> logger)
{
    public const string MediaType = "text/event-stream";

    // So much between two looks at the stream's times.
    private const int EventsPerTurn = 512;

    // A stream stands still while its right is asked for again; with the time between two comments it must stay below 15 s.
    private static readonly TimeSpan RecheckLimit = TimeSpan.FromSeconds(2.5);

    /// <summary>Null: there are as many streams as allowed, or this replica is going away.</summary>
    public Subscription? TryOpen(StreamSelection selection, StreamStart start) => hub.TryOpen(selection, start);

    /// <summary>Sends until the client, the stream's terms or this replica end it. Disposes the subscription.</summary>
    public async Task RunAsync(HttpContext context, Subscription subscription, StreamTerms terms)
    {
        using (subscription)
        using (var clock = new StreamClock(time, options, subscription, terms))
        {
            Begin(context.Response);
            var writer = new EventWriter(context.Response.BodyWriter, options.SendTimeout, time, metrics);
            var cancellation = context.RequestAborted;
            try
            {
                // This leaves at once: a stream that was resumed may have nothing to say for long. Should this replica be lost, its clients
                // do not all come back in the same moment.
                writer.WriteRetry(TimeSpan.FromMilliseconds(500 + Random.Shared.Next(2_500)));
                await writer.FlushAsync(cancellation);
                await SendAsync(writer, subscription, clock, terms, cancellation);
            }
            catch (TimeoutException)
            {
                subscription.End = StreamEnd.TooSlow;
                LogTooSlow(logger, context.Connection.Id, options.SendTimeout);
                context.Abort();
            }
            catch (Exception e) when (cancellation.IsCancellationRequested && e is OperationCanceledException or IOException)
            {
                // The client has gone.
            }
        }
    }

    /// <summary>
    /// For an EventSource that cannot be served now: 200, when to come back, and the end. It would take a 503 for an end for ever.
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
        EventWriter writer, Subscription subscription, StreamClock clock, StreamTerms terms, CancellationToken cancellation)
    {
        while (true)
        {
            var isCaughtUp = await SendTurnAsync(writer, subscription, clock, cancellation);
            if (await LastEventAsync(subscription, clock, terms, cancellation) is { } last)
            {
                await writer.WriteAsync(last, cancellation);
                await writer.FlushAsync(cancellation);
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
                await writer.FlushAsync(cancellation);
                clock.NoteSent();
            }
            clock.Arm();
            await subscription.WaitAsync(cancellation);
        }
    }

    /// <summary>Sends what there is, up to a turn's worth; whether that was all.</summary>
    private async Task<bool> SendTurnAsync(EventWriter writer, Subscription subscription, StreamClock clock, CancellationToken cancellation)
    {
        var events = 0;
        var isCaughtUp = false;
        while (events < EventsPerTurn && !(isCaughtUp = !subscription.TryTake(out var next)))
        {
            await writer.WriteAsync(next, cancellation);
            events++;
            if (writer.IsFull)
                await writer.FlushAsync(cancellation);
        }
        if (writer.HasUnsent)
            await writer.FlushAsync(cancellation);
        subscription.NoteSent();
        if (isCaughtUp)
            writer.NoteCaughtUp();
        if (events > 0)
        {
            clock.NoteSent();
            metrics.StreamEvents.Add(events);
        }
        return isCaughtUp;
    }

    /// <summary>Null: the stream goes on.</summary>
    private async ValueTask<StreamEvent?> LastEventAsync(
        Subscription subscription, StreamClock clock, StreamTerms terms, CancellationToken cancellation)
    {
        if (hub.IsClosing || clock.IsTooOld)
        {
            subscription.End = hub.IsClosing ? StreamEnd.Shutdown : StreamEnd.MaxAge;
            return subscription.Goaway(TimeSpan.FromMilliseconds(500 + Random.Shared.Next(2_500)));
        }
        if (!clock.MustRecheck)
            return null;
        var refusal = await RecheckAsync(terms, cancellation);
        clock.NoteChecked();
        if (refusal is null || !TakesRightAway(refusal))
            return null;
        subscription.End = StreamEnd.Forbidden;
        return subscription.Problem(ProblemBytes(refusal));
    }

    private async ValueTask<Refusal?> RecheckAsync(StreamTerms terms, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(RecheckLimit, time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            return await terms.Recheck(ending.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>That the API server could not be asked takes nothing away.</summary>
    private static bool TakesRightAway(Refusal refusal) => Errors.ProblemKinds.StatusOf(refusal.Code) is 401 or 403;

    private static byte[] ProblemBytes(Refusal refusal)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        Errors.ProblemJson.Write(buffer, refusal);
        return buffer.WrittenSpan.ToArray();
    }

    [LoggerMessage(1850, LogLevel.Information, "The reader of stream {Connection} took nothing for {SendTimeout}; it is disconnected and may come back")]
    private static partial void LogTooSlow(ILogger logger, string connection, TimeSpan sendTimeout);
}
