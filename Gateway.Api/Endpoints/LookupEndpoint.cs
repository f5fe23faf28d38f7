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
    IHostApplicationLifetime lifetime)
{
    // A connection buffers this much anyway; larger bodies are written as the client reads them.
    private const int SmallBody = 32 * 1024;

    private static readonly ReadOnlyMemory<byte> True = "true"u8.ToArray();
    private static readonly ReadOnlyMemory<byte> False = "false"u8.ToArray();
    private static readonly string[] PickParameters = [.. FilterParameters.Names, "policy", "key"];

    public Task LookUpAsync(HttpContext context)
    {
        var faults = new FaultList();
        var service = RouteService.Read(context, faults);
        return LookUpAsync(context, service, LookupQuery.Read(context.Request, faults), faults);
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
        return access.IsOpenIn(service.Namespace) && !query.Waits && query.MinRevision is null && query.At is null
            ? AnswerAsync(context, snapshot, snapshot.Find(service), query.Filter)
            : WaitAndAnswerAsync(context, service, query);
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
        var query = new QueryReader(context.Request.Query, faults);
        var filter = FilterParameters.Read(ref query, faults);
        var policy = ReadPolicy(ref query, faults);
        var key = query.Text("key");
        query.Finish(PickParameters);
        if (policy == PickPolicy.ConsistentHash && key is null)
            faults.AtParameter("key", FaultCodes.Missing, "'key' is required with consistent-hash.");
        var snapshot = state.Current;
        var refusal = Refused(faults, snapshot) ?? await access.CheckAsync(context, service.Namespace);
        if (refusal is not null)
        {
            await ProblemAnswer.WriteAsync(context, refusal);
            return;
        }
        if (picker.Pick(snapshot.Find(service), filter, policy, key, peeks: HttpMethods.IsHead(context.Request.Method)) is { } instance)
            await AnswerAsync(context, snapshot, instance);
        else
        {
            EmptyAnswer.Link(context.Response, service);
            await ProblemAnswer.WriteAsync(context, EmptyAnswer.NoInstance(snapshot.Find(service)));
        }
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
        if (!query.Waits && query.MinRevision is null)
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

    private static Task AnswerAsync(HttpContext context, RegistrySnapshot snapshot, ServiceSnapshot service, LookupFilter filter)
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
        if (body.Tail.Length > SmallBody)
            return WriteLargeAsync(context, body, snapshot.IsStale);
        body.WriteTo(response.BodyWriter, snapshot.IsStale);
        return response.BodyWriter.FlushAsync(context.RequestAborted) is { IsCompletedSuccessfully: false } flush ? flush.AsTask() : Task.CompletedTask;
    }

    private static async Task WriteLargeAsync(HttpContext context, LookupBody body, bool isStale)
    {
        await context.Response.BodyWriter.WriteAsync(body.Head, context.RequestAborted);
        await context.Response.BodyWriter.WriteAsync(isStale ? True : False, context.RequestAborted);
        await JsonAnswer.WritePiecesAsync(context.Response, body.Tail, context.RequestAborted);
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

    private static PickPolicy ReadPolicy(ref QueryReader query, FaultList faults)
    {
        if (query.Text("policy") is not { } text)
            return PickPolicy.Random;
        if (PickPolicyNames.TryParse(text, out var policy))
            return policy;
        faults.AtParameter("policy", FaultCodes.InvalidValue, $"The policy must be one of {string.Join(", ", PickPolicyNames.All)}.");
        return PickPolicy.Random;
    }

    private static Refusal? Refused(FaultList faults, RegistrySnapshot snapshot) =>
        !faults.IsEmpty ? faults.ToRefusal() : snapshot.HasSynced ? null : NotSynced.Refusal();

    private static Refusal NotReached() =>
        new(RefusalCodes.RevisionNotReached, "This replica did not reach that revision within 10 s, or cannot compare it. Retry, or omit minRevision.");

}
