using System.Threading.RateLimiting;
using Gateway.Api.Callers;
using Gateway.Api.Endpoints.Drain;
using Gateway.Api.Errors;
using Gateway.Api.Requests;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Identity;
using Gateway.Core.Registration;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Revisions;
using Gateway.Core.Results;

namespace Gateway.Api.Endpoints;

/// <summary>
/// The write side: identifies the caller, parses the request, calls <see cref="RegistrationService"/> (or what only reads or renews) and writes
/// the answer.
/// </summary>
internal sealed class RegistrationEndpoint(
    RegistrationService registrations, RegistrationReader reader, RegistrationLeases leases, CallerGate gate, RegistryState state, DrainWait drains,
    StreamLimit limit, CallerResolver callers)
{
    private const string Register = "register";
    private const string Update = "update";
    private const string Deregister = "deregister";
    private const string DeregisterAll = "deregister all";

    private static readonly RegistrationChange TakeOut = new() { OutOfService = true };
    private static readonly RegistrationChange PutBack = new() { OutOfService = false };

    public async Task RegisterAsync(HttpContext context)
    {
        var faults = new FaultList();
        new QueryReader(context.Request.Query, faults).FinishForBody();
        if (!faults.IsEmpty)
        {
            await RefuseAsync(context, faults.ToRefusal());
            return;
        }
        if (await EnterAsync(context, null, Register) is not { } caller)
            return;
        var read = await ReadBatchAsync(context);
        if (read.IsRefused(out var refusal))
        {
            await RefuseAsync(context, refusal);
            return;
        }
        var batch = read.Value;
        var done = await registrations.RegisterAsync(caller, batch.Items, context.RequestAborted);
        if (done.IsRefused(out refusal))
        {
            await RefuseAsync(context, refusal);
            return;
        }
        var outcome = done.Value;
        AnnounceWrite(context.Response, outcome.IsPending);
        if (batch.IsArray)
        {
            await JsonAnswer.WriteAsync(context, writer => RegistrationAnswer.WriteAll(writer, outcome));
            return;
        }
        var isNew = outcome.Items[0].Created;
        if (isNew)
            context.Response.Headers.Location = $"/v1/registrations/{outcome.Items[0].Instance.Id}";
        await JsonAnswer.WriteAsync(
            context, writer => RegistrationAnswer.WriteOne(writer, outcome), isNew ? StatusCodes.Status201Created : StatusCodes.Status200OK);
    }

    /// <summary>What the caller's pod, a named one, or all pods of a namespace have registered.</summary>
    public async Task ListAsync(HttpContext context)
    {
        var faults = new FaultList();
        var (query, ns) = UpdateQuery.ReadList(context.Request, faults);
        if (!faults.IsEmpty)
        {
            await RefuseAsync(context, faults.ToRefusal());
            return;
        }
        if (await EnterAsync(context, query.Pod, null) is not { } caller)
            return;
        var listed = ns is null
            ? await reader.OwnAsync(caller, query.Pod, context.RequestAborted)
            : await reader.OfNamespaceAsync(caller, ns, context.RequestAborted);
        if (listed.IsRefused(out var refusal))
        {
            await RefuseAsync(context, refusal);
            return;
        }
        AnswerHeaders.Write(context.Response, state.Current);
        await JsonAnswer.WriteAsync(context, writer => RegistrationAnswer.WriteList(writer, listed.Value));
    }

    public async Task FindAsync(HttpContext context)
    {
        if (await BeginAsync(context) is not { } call)
            return;
        var snapshot = state.Current;
        var found = await reader.FindAsync(call.Caller, call.Query.Pod, call.Id!, context.RequestAborted);
        if (found.IsRefused(out var refusal))
        {
            await RefuseAsync(context, refusal);
            return;
        }
        AnswerHeaders.Write(context.Response, snapshot);
        await JsonAnswer.WriteAsync(context, writer => InstanceJson.Write(writer, found.Value));
    }

    public async Task PatchAsync(HttpContext context)
    {
        if (await BeginAsync(context, Update, mayDrain: true) is not { } call)
            return;
        if (MediaTypes.Read(context.Request, MediaTypes.Json, MediaTypes.MergePatch) is null)
        {
            await RefuseAsync(context, MediaTypes.Unsupported(context.Request, $"{MediaTypes.MergePatch} or {MediaTypes.Json}"));
            return;
        }
        var (bytes, refusal) = await BodyReader.ReadAsync(context.Request, context.RequestAborted);
        var change = refusal ?? RegistrationRequests.ReadChange(bytes);
        if (change.IsRefused(out refusal))
            await RefuseAsync(context, refusal);
        else
            await ChangeAsync(context, call, change.Value);
    }

    public async Task DeregisterAsync(HttpContext context)
    {
        if (await BeginAsync(context, Deregister) is { } call)
            await AnswerAsync(context, await registrations.DeregisterAsync(call.Caller, call.Query.Pod, call.Id!, context.RequestAborted));
    }

    public async Task DeregisterAllAsync(HttpContext context)
    {
        if (await BeginAsync(context, DeregisterAll) is { } call)
            await AnswerAsync(context, await registrations.DeregisterAllAsync(call.Caller, call.Query.Pod, context.RequestAborted));
    }

    public async Task HeartbeatAsync(HttpContext context)
    {
        if (await BeginAsync(context) is not { } call)
            return;
        if (await leases.RenewAsync(call.Caller, call.Query.Pod, call.Id!, context.RequestAborted) is { } refusal)
            await RefuseAsync(context, refusal);
        else
            context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    public async Task TakeOutAsync(HttpContext context)
    {
        if (await BeginAsync(context, Update, mayDrain: true) is { } call)
            await ChangeAsync(context, call, TakeOut);
    }

    public async Task PutBackAsync(HttpContext context)
    {
        if (await BeginAsync(context, Update, mayDrain: true) is { } call)
            await ChangeAsync(context, call, PutBack);
    }

    private async Task ChangeAsync(HttpContext context, RegistrationCall call, RegistrationChange change)
    {
        RateLimitLease? place = null;
        var surplus = call.Query.Drain is null ? null : limit.EnterDrain(call.Caller, out place);
        using var taken = place;
        if (surplus is not null)
        {
            await RefuseAsync(context, surplus);
            return;
        }
        var done = await registrations.UpdateAsync(call.Caller, call.Query.Pod, call.Id!, change, context.RequestAborted);
        if (done.IsRefused(out var refusal))
        {
            await RefuseAsync(context, refusal);
            return;
        }
        var outcome = done.Value;
        var instance = outcome.Items[0].Instance;
        var report = call.Query.Drain is { } longest ? await drains.RunAsync(instance, longest, context.RequestAborted) : null;
        // The right, or the token, may have ended meanwhile; what was written stays.
        if (report is not null && instance.Pod is { } pod
            && await callers.ConfirmAsync(CallerEvidenceReader.Read(context), new(instance.Key.Namespace, pod.Name), context.RequestAborted) is { } late)
        {
            await RefuseAsync(context, late);
            return;
        }
        AnnounceWrite(context.Response, outcome.IsPending);
        await JsonAnswer.WriteAsync(context, writer => RegistrationAnswer.WriteOne(writer, outcome, report));
    }

    private async Task AnswerAsync(HttpContext context, Result<DeregistrationOutcome> done)
    {
        if (done.IsRefused(out var refusal))
        {
            await RefuseAsync(context, refusal);
            return;
        }
        AnnounceWrite(context.Response, done.Value.IsPending);
        // A 204 has no body, so the revision is a header: lookups from this revision on do not include the instance.
        if (done.Value is { IsPending: true, Revision: { } revision })
            context.Response.Headers[AnswerHeaders.Revision] = revision;
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    /// <summary>Reads path and query, then identifies the caller; null if the request was refused and answered.</summary>
    /// <param name="context">Its body is not read.</param>
    /// <param name="verb">The audit's name for the write; null: not a write.</param>
    /// <param name="mayDrain">Whether the query may ask to wait.</param>
    private async Task<RegistrationCall?> BeginAsync(HttpContext context, string? verb = null, bool mayDrain = false)
    {
        var faults = new FaultList();
        var id = context.Request.RouteValues.ContainsKey(RouteId.Name) ? RouteId.Read(context, faults, "GET /v1/registrations lists yours") : null;
        var query = mayDrain ? UpdateQuery.Read(context.Request, faults) : UpdateQuery.ReadPod(context.Request, faults);
        if (!faults.IsEmpty)
        {
            await RefuseAsync(context, faults.ToRefusal());
            return null;
        }
        return await EnterAsync(context, query.Pod, verb) is { } caller ? new RegistrationCall(caller, id, query) : null;
    }

    private async Task<CallerIdentity?> EnterAsync(HttpContext context, PodName? named, string? verb)
    {
        var entered = await gate.EnterAsync(context, named, verb);
        if (!entered.IsRefused(out var refusal))
            return entered.Value;
        await RefuseAsync(context, refusal);
        return null;
    }

    private static async Task<Result<RegistrationBatch>> ReadBatchAsync(HttpContext context)
    {
        var type = MediaTypes.Read(context.Request, MediaTypes.Json, MediaTypes.Form);
        if (type is null)
            return MediaTypes.Unsupported(context.Request, $"{MediaTypes.Json} or {MediaTypes.Form}");
        var (bytes, refusal) = await BodyReader.ReadAsync(context.Request, context.RequestAborted);
        if (refusal is not null)
            return refusal;
        return type == MediaTypes.Json ? RegistrationRequests.ReadJson(bytes) : RegistrationRequests.ReadForm(bytes);
    }

    private void AnnounceWrite(HttpResponse response, bool isPending)
    {
        AnswerHeaders.Write(response, state.Current);
        if (isPending)
            response.Headers[AnswerHeaders.Pending] = "true";
    }

    private static Task RefuseAsync(HttpContext context, Refusal refusal) => ProblemAnswer.WriteAsync(context, refusal);
}

/// <summary>The caller, the id that the path names, where its route has one, and the parsed query.</summary>
internal sealed record RegistrationCall(CallerIdentity Caller, RegistrationId? Id, UpdateQuery Query);
