using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Gateway.Api.Callers;
using Gateway.Api.Errors;
using Gateway.Api.Requests;
using Gateway.Core.Registry;
using Gateway.Core.Registry.History;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Lookup;
using Gateway.Core.Registry.Revisions;
using Gateway.Core.Results;
using Microsoft.Extensions.Primitives;

namespace Gateway.Api.Endpoints;

/// <summary>
/// Lookup, one instance, pick. A plain lookup takes the current snapshot and copies cached bytes: no model binding, no serializing, no
/// lock.
/// </summary>
internal sealed class LookupEndpoint(
    RegistryState state, ServiceWaiter waiter, InstancePicker picker, LookupAccessCheck access, StreamLimit limit, RegistryHistory history,
    ConsumerRecorder consumers, IHostApplicationLifetime lifetime)
{
    // A connection buffers this much anyway; larger bodies are written as the client reads them.
    private const int SmallBody = 32 * 1024;

    private static readonly ReadOnlyMemory<byte> True = "true"u8.ToArray();
    private static readonly ReadOnlyMemory<byte> False = "false"u8.ToArray();

    private readonly KnownQueries<LookupFilter> _filters = new();
    private readonly KnownQueries<PickQuery> _picks = new();

    public Task LookUpAsync(HttpContext context)
    {
        var faults = new FaultList();
        var service = RouteService.Read(context, faults);
        var query = LookupQuery.Read(context.Request, faults);
        if (faults.IsEmpty && query.IsOfNow)
            _filters.Keep(context.Request.QueryString.Value, query.Filter);
        return LookUpAsync(context, service, query, faults);
    }

    /// <summary>The filter of a lookup's query that was read before and asks for the current state.</summary>
    public bool TryKnown(string query, [NotNullWhen(true)] out LookupFilter? filter)
    {
        filter = LookupFilter.Default;
        return query.Length == 0 || _filters.TryGet(query, out filter);
    }

    /// <summary>A pick's query that was read before.</summary>
    public bool TryKnown(string query, [NotNullWhen(true)] out PickQuery? pick)
    {
        pick = PickQuery.Plain;
        return query.Length == 0 || _picks.TryGet(query, out pick);
    }

    /// <summary>Answers a lookup in the format of the query's filter.</summary>
    public Task LookUpAsync(HttpContext context, ServiceKey service, LookupQuery query, FaultList faults)
    {
        if (!faults.IsEmpty)
            return ProblemAnswer.WriteAsync(context, faults.ToRefusal());
        var snapshot = state.Current;
        if (!snapshot.HasSynced)
            return ProblemAnswer.WriteAsync(context, NotSynced.Refusal());
        if (HttpMethods.IsHead(context.Request.Method))
            query = query with { Waits = false, MinRevisionWait = TimeSpan.Zero };
        if (!access.IsOpenIn(service.Namespace) || !query.IsOfNow)
            return WaitAndAnswerAsync(context, service, query);
        Note(context, snapshot, service, query.Filter);
        return AnswerAsync(context, snapshot, snapshot.Find(service), query.Filter);
    }

    public async Task FindOneAsync(HttpContext context)
    {
        var faults = new FaultList();
        var service = RouteService.Read(context, faults);
        new QueryReader(context.Request.Query, faults).Finish();
        var id = RouteId.Read(context, faults, "a lookup lists those of a service");
        var snapshot = state.Current;
        var refusal = Refused(faults, snapshot) ?? await access.CheckAsync(context, service.Namespace);
        if (refusal is not null)
        {
            await ProblemAnswer.WriteAsync(context, refusal);
            return;
        }
        Note(context, snapshot, service, LookupFilter.Default);
        if (snapshot.Find(service).Find(id!) is not { } instance)
        {
            await ProblemAnswer.WriteAsync(context, new Refusal(RefusalCodes.NotFound, $"Service {service} has no instance {id}."));
            return;
        }
        await AnswerAsync(context, snapshot, instance);
    }

    public async Task PickAsync(HttpContext context)
    {
        var faults = new FaultList();
        var service = RouteService.Read(context, faults);
        var query = PickQuery.Read(context.Request, faults);
        // Every caller has a key of its own.
        if (faults.IsEmpty && query.HashKey is null)
            _picks.Keep(context.Request.QueryString.Value, query);
        var snapshot = state.Current;
        var refusal = Refused(faults, snapshot) ?? await access.CheckAsync(context, service.Namespace);
        if (refusal is not null)
        {
            await ProblemAnswer.WriteAsync(context, refusal);
            return;
        }
        Note(context, snapshot, service, query.Filter);
        await AnswerAsync(context, snapshot, snapshot.Find(service), query);
    }

    /// <summary>Answers a pick. HEAD leaves the turns of round-robin as they are.</summary>
    public Task AnswerAsync(HttpContext context, RegistrySnapshot snapshot, ServiceSnapshot service, PickQuery query)
    {
        var view = service.View(query.Filter);
        var index = picker.IndexOf(service.Key, view, query.Filter, query.Policy, query.HashKey, peeks: HttpMethods.IsHead(context.Request.Method));
        if (index < 0)
        {
            EmptyAnswer.Link(context.Response, service.Key);
            return ProblemAnswer.WriteAsync(context, EmptyAnswer.NoInstance(service));
        }
        return AnswerAsync(context, snapshot, view.EncodedInstance(index));
    }

    private async Task WaitAndAnswerAsync(HttpContext context, ServiceKey service, LookupQuery query)
    {
        if (await access.CheckAsync(context, service.Namespace) is { } refusal)
        {
            await ProblemAnswer.WriteAsync(context, refusal);
            return;
        }
        if (query.At is { } at)
        {
            await AnswerFormerAsync(context, service, query.Filter, at);
            return;
        }
        // Before a wait: who waits consumes.
        Note(context, state.Current, service, query.Filter);
        if (query.IsOfNow)
        {
            var current = state.Current;
            await AnswerAsync(context, current, current.Find(service), query.Filter);
            return;
        }
        var surplus = limit.EnterWait(await limit.CallerOfAsync(CallerEvidenceReader.Read(context), context.RequestAborted), out var place);
        using var taken = place;
        if (surplus is not null)
        {
            await ProblemAnswer.WriteAsync(context, surplus);
            return;
        }
        var snapshot = await WaitAsync(context, service, query);
        // The right, or the token, may have ended meanwhile.
        if (await access.CheckAsync(context, service.Namespace) is { } late)
            await ProblemAnswer.WriteAsync(context, late);
        else if (snapshot is null)
            await ProblemAnswer.WriteAsync(context, NotReached());
        else
            await AnswerAsync(context, snapshot, snapshot.Find(service), query.Filter);
    }

    private void Note(HttpContext context, RegistrySnapshot snapshot, ServiceKey service, LookupFilter filter) =>
        consumers.LookedUp(context, service, filter.Form.Facade, snapshot.Services.ContainsKey(service));

    /// <summary>Null: the minimum revision was not reached.</summary>
    private async Task<RegistrySnapshot?> WaitAsync(HttpContext context, ServiceKey service, LookupQuery query)
    {
        // A stopping replica answers with its current state: a long poll may be answered early.
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            if (query.MinRevision is { } minimum && await state.WaitForRevisionAsync(minimum, query.MinRevisionWait, ending.Token) is null)
                return null;
            return query is { Waits: true, Index: { } index } ? await waiter.WaitForChangeAsync(service, index, query.Wait, ending.Token) : state.Current;
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            var current = state.Current;
            return query.MinRevision is { } minimum && !current.Revision.Covers(minimum) ? null : current;
        }
    }

    private Task AnswerFormerAsync(HttpContext context, ServiceKey service, LookupFilter filter, DateTimeOffset at)
    {
        var snapshot = state.Current;
        return history.StateOf(snapshot, service, at) is { } former
            ? AnswerAsync(context, snapshot, former, filter)
            : ProblemAnswer.WriteAsync(context, new Refusal(
                RefusalCodes.NoHistory, $"The history of this replica does not reach back to {InstanceJson.Time(at)} (Registry:HistoryChanges, Registry:HistoryBytes)."));
    }

    /// <summary>Answers a lookup of the current state.</summary>
    public static Task AnswerAsync(HttpContext context, RegistrySnapshot snapshot, ServiceSnapshot service, LookupFilter filter)
    {
        var view = service.View(filter);
        var body = view.Body;
        var response = context.Response;
        if (view.Instances.IsEmpty)
            EmptyAnswer.Link(response, service.Key);
        AnswerHeaders.Write(response, snapshot);
        response.Headers.ETag = body.ETag;
        response.Headers.CacheControl = "no-cache";
        if (IsKnown(context.Request.Headers.IfNoneMatch, body.ETag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }
        response.ContentType = AnswerHeaders.Json;
        response.ContentLength = body.Length(snapshot.IsStale);
        // In one piece: what is written before the headers are is copied twice.
        return snapshot.IsStale || body.Fresh.Length > SmallBody
            ? WritePiecesAsync(context, body, snapshot.IsStale)
            : JsonAnswer.WriteSmallAsync(response, body.Fresh);
    }

    private static async Task WritePiecesAsync(HttpContext context, LookupBody body, bool isStale)
    {
        await context.Response.BodyWriter.WriteAsync(body.Head, context.RequestAborted);
        await context.Response.BodyWriter.WriteAsync(isStale ? True : False, context.RequestAborted);
        await JsonAnswer.WritePiecesAsync(context.Response, body.Tail, context.RequestAborted);
    }

    private static Task AnswerAsync(HttpContext context, RegistrySnapshot snapshot, ReadOnlyMemory<byte> instance)
    {
        var response = context.Response;
        AnswerHeaders.Write(response, snapshot);
        response.Headers.CacheControl = "no-cache";
        response.ContentType = AnswerHeaders.Json;
        response.ContentLength = instance.Length;
        return JsonAnswer.WriteSmallAsync(response, instance);
    }

    private static Task AnswerAsync(HttpContext context, RegistrySnapshot snapshot, Instance instance)
    {
        AnswerHeaders.Write(context.Response, snapshot);
        context.Response.Headers.CacheControl = "no-cache";
        return JsonAnswer.WriteAsync(context, (Utf8JsonWriter writer) => InstanceJson.Write(writer, instance));
    }

    /// <summary>Weak comparison (RFC 9110, 8.8.3.2): a list of tags, or <c>*</c>.</summary>
    private static bool IsKnown(StringValues header, string tag)
    {
        foreach (var line in header)
        {
            foreach (var part in line.AsSpan().Split(','))
            {
                var known = line.AsSpan(part).Trim();
                if (known is "*" || known.SequenceEqual(tag) || known.SequenceEqual(tag.AsSpan(2)))
                    return true;
            }
        }
        return false;
    }

    private static Refusal? Refused(FaultList faults, RegistrySnapshot snapshot) =>
        !faults.IsEmpty ? faults.ToRefusal() : snapshot.HasSynced ? null : NotSynced.Refusal();

    private static Refusal NotReached() =>
        new(RefusalCodes.RevisionNotReached, "This replica did not reach that revision within 10 s, or cannot compare it. Retry, or omit minRevision.");

}
