using System.Threading.RateLimiting;
using Gateway.Api.Callers;
using Gateway.Api.Errors;
using Gateway.Api.Requests;
using Gateway.Api.Streaming;
using Gateway.Core.Identity;
using Gateway.Core.Registry;
using Gateway.Core.Results;
using Gateway.Core.Subscriptions;

namespace Gateway.Api.Endpoints;

/// <summary>Streams of one service or of many.</summary>
internal sealed class WatchEndpoint(RegistryState state, EventStream streams, SubscriptionOptions options, LookupAccessCheck access, StreamLimit limit, ConsumerRecorder consumers)
{
    // A query that was read before is not read again, and streams of the same share its filter.
    private readonly KnownQueries<WatchQuery> _known = new();

    public Task WatchOneAsync(HttpContext context)
    {
        var faults = new FaultList();
        var service = RouteService.Read(context, faults);
        var text = context.Request.QueryString.Value;
        if (text is { Length: > 0 } && _known.TryGet(text, out var known))
            return RunAsync(context, known.Of(service, context.Request), faults);
        var query = WatchQuery.ReadOne(context.Request, service, faults);
        if (faults.IsEmpty)
            _known.Keep(text, query with { Start = query.Start with { LastEventId = null } });
        return RunAsync(context, query, faults);
    }

    public Task WatchManyAsync(HttpContext context)
    {
        var faults = new FaultList();
        var query = WatchQuery.ReadMany(context.Request, options.MaxServices, faults);
        return RunAsync(context, query, faults);
    }

    /// <summary>Serves a stream in the format of the query's filter.</summary>
    public async Task RunAsync(HttpContext context, WatchQuery query, FaultList faults)
    {
        // What is needed only here is not kept for as long as the stream lasts.
        using var stream = await OpenAsync(context, query, faults);
        (query, faults) = (null!, null!);
        if (stream is not null)
            await streams.RunAsync(context, stream.Subscription, stream.Terms);
    }

    /// <summary>Null: it is answered with what is in the way of a stream.</summary>
    private async ValueTask<OpenStream?> OpenAsync(HttpContext context, WatchQuery query, FaultList faults)
    {
        if (!faults.IsEmpty)
        {
            await ProblemAnswer.WriteAsync(context, faults.ToRefusal());
            return null;
        }
        if (!state.Current.HasSynced)
        {
            await TurnAwayAsync(context, NotSynced.Refusal());
            return null;
        }
        var evidence = CallerEvidenceReader.Read(context);
        var namespaces = query.Selection.Namespace is { } ns ? [ns] : query.Selection.Services.Select(static key => key.Namespace).Distinct().ToArray();
        if (!access.IsOpen && namespaces.Length > LookupAccessCheck.MaxNamespaces)
        {
            faults.AtParameter("service", FaultCodes.TooLong, $"A stream can have services of at most {LookupAccessCheck.MaxNamespaces} namespaces where lookups take a right (Access:Lookup=Rbac).");
            await ProblemAnswer.WriteAsync(context, faults.ToRefusal());
            return null;
        }
        if (await access.CheckAsync(evidence, namespaces, context.RequestAborted) is { } refusal)
        {
            // An EventSource never reconnects after a 503.
            await (ProblemStatus.StatusOf(refusal.Code) == StatusCodes.Status503ServiceUnavailable ? TurnAwayAsync(context, refusal) : ProblemAnswer.WriteAsync(context, refusal));
            return null;
        }
        var caller = await limit.CallerOfAsync(evidence, context.RequestAborted);
        var surplus = limit.Enter(caller, out var place);
        if (surplus is not null)
        {
            using var refused = place;
            await TurnAwayAsync(context, surplus);
            return null;
        }
        if (streams.TryOpen(query.Selection, query.Start) is not { } subscription)
        {
            using var unused = place;
            await TurnAwayAsync(context, new Refusal(RefusalCodes.Overloaded, "This replica accepts no more streams at the moment.") { RetryAfter = TimeSpan.FromSeconds(2) });
            return null;
        }
        try
        {
            AnswerHeaders.Write(context.Response, state.Current);
            return new OpenStream(subscription, TermsOf(query.Timeout, evidence, namespaces), place, consumers.Subscribed(evidence, query.Selection));
        }
        catch
        {
            // A bug must not keep the caller's place for good.
            subscription.Dispose();
            place?.Dispose();
            throw;
        }
    }

    private StreamTerms TermsOf(TimeSpan? timeout, in CallerEvidence evidence, string[] namespaces) =>
        !access.IsOpen ? RecheckedTermsOf(timeout, evidence, namespaces) : timeout is null ? StreamTerms.Open : StreamTerms.Open with { Timeout = timeout };

    private StreamTerms RecheckedTermsOf(TimeSpan? timeout, CallerEvidence evidence, string[] namespaces) =>
        new(timeout, cancellationToken => access.CheckAsync(evidence, namespaces, cancellationToken, ReviewLane.Rechecks), access.Period);

    private static Task TurnAwayAsync(HttpContext context, Refusal refusal) =>
        EventStream.IsAskedFor(context.Request) ? EventStream.TurnAwayAsync(context) : ProblemAnswer.WriteAsync(context, refusal);

    /// <summary>A stream and what it holds for as long as it lasts.</summary>
    private sealed record OpenStream(Subscription Subscription, StreamTerms Terms, RateLimitLease? Place, IDisposable? Counted) : IDisposable
    {
        public void Dispose()
        {
            Counted?.Dispose();
            Place?.Dispose();
        }
    }
}
