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
    public Task WatchOneAsync(HttpContext context)
    {
        var faults = new FaultList();
        var service = RouteService.Read(context, faults);
        var query = WatchQuery.ReadOne(context.Request, service, faults);
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
        if (!faults.IsEmpty)
        {
            await ProblemAnswer.WriteAsync(context, faults.ToRefusal());
            return;
        }
        if (!state.Current.HasSynced)
        {
            await TurnAwayAsync(context, NotSynced.Refusal());
            return;
        }
        var evidence = CallerEvidenceReader.Read(context);
        var namespaces = query.Selection.Namespace is { } ns ? [ns] : query.Selection.Services.Select(static key => key.Namespace).Distinct().ToArray();
        if (!access.IsOpen && namespaces.Length > LookupAccessCheck.MaxNamespaces)
        {
            faults.AtParameter("service", FaultCodes.TooLong, $"A stream can have services of at most {LookupAccessCheck.MaxNamespaces} namespaces where lookups take a right (Access:Lookup=Rbac).");
            await ProblemAnswer.WriteAsync(context, faults.ToRefusal());
            return;
        }
        if (await access.CheckAsync(evidence, namespaces, context.RequestAborted) is { } refusal)
        {
            // An EventSource never reconnects after a 503.
            await (ProblemStatus.StatusOf(refusal.Code) == StatusCodes.Status503ServiceUnavailable ? TurnAwayAsync(context, refusal) : ProblemAnswer.WriteAsync(context, refusal));
            return;
        }
        var caller = await limit.CallerOfAsync(evidence, context.RequestAborted);
        var surplus = limit.Enter(caller, out var place);
        using var taken = place;
        if (surplus is not null)
        {
            await TurnAwayAsync(context, surplus);
            return;
        }
        if (streams.TryOpen(query.Selection, query.Start) is not { } subscription)
        {
            await TurnAwayAsync(context, new Refusal(RefusalCodes.Overloaded, "This replica accepts no more streams at the moment.") { RetryAfter = TimeSpan.FromSeconds(2) });
            return;
        }
        using var counted = consumers.Subscribed(evidence, query.Selection);
        AnswerHeaders.Write(context.Response, state.Current);
        await streams.RunAsync(
            context, subscription,
            new StreamTerms(query.Timeout, cancellationToken => access.CheckAsync(evidence, namespaces, cancellationToken, ReviewLane.Rechecks), access.IsOpen ? null : access.Period));
    }

    private static Task TurnAwayAsync(HttpContext context, Refusal refusal) =>
        EventStream.IsAskedFor(context.Request) ? EventStream.TurnAwayAsync(context) : ProblemAnswer.WriteAsync(context, refusal);
}
