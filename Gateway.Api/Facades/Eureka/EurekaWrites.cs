using System.Collections.Immutable;
using System.Globalization;
using Gateway.Api.Requests;
using Gateway.Core.Annotations.Bodies;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Identity;
using Gateway.Core.Registration;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Results;

namespace Gateway.Api.Facades.Eureka;

/// <summary>
/// What clients write: their own pod's registrations, under the ids that they say. Translates each call into one of <see cref="ClientRegistrations"/>;
/// only the 404 that asks for a body (<see cref="EurekaDirtyTimes"/>) is Eureka's own.
/// </summary>
internal sealed class EurekaWrites(FacadeGate gate, ClientRegistrations registrations, EurekaDirtyTimes dirties, RegistryState state)
{
    private const string Register = "register";
    private const string Update = "update";
    private const string Deregister = "deregister";
    private const string Heartbeat = "heartbeat";

    public async Task RegisterAsync(HttpContext context)
    {
        if (await EnterAsync(context, Register) is not { } call)
            return;
        var (bytes, tooLarge) = await BodyReader.ReadAsync(context.Request, context.RequestAborted);
        var read = tooLarge is not null ? tooLarge : Read(context, bytes);
        if (read.IsRefused(out var refusal))
        {
            await EurekaAnswer.RefuseAsync(context, refusal);
            return;
        }

        var (body, dirty) = read.Value;
        var alias = EurekaInstance.AliasOf(body.App, body.InstanceId);
        var known = Find(call, alias);

        // A body that was overtaken by a later one of the same client: that one stays, as on the original server.
        if (known is { Status: not InstanceStatus.Down } && dirties.IsOlder(UidOf(call), alias, dirty))
        {
            await AnswerAsync(context, await registrations.BeatAsync(call, EurekaInstance.Protocol, alias, context.RequestAborted), StatusCodes.Status204NoContent);
            return;
        }

        var done = await registrations.RegisterAsync(call, ToRegistration(body, alias), context.RequestAborted);
        if (done.IsRefused(out refusal))
        {
            await EurekaAnswer.RefuseAsync(context, refusal);
            return;
        }

        dirties.Set(UidOf(call), alias, dirty);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    /// <summary>404 asks the client to send its body: its id is not known here, or it changed since its last body.</summary>
    public async Task RenewAsync(HttpContext context)
    {
        if (await EnterAsync(context, Heartbeat) is not { } call)
            return;
        var alias = AliasOf(context);
        if (!TryReadDirty(context, out var dirty))
        {
            await EurekaAnswer.SayAsync(context, StatusCodes.Status400BadRequest, "Invalid lastDirtyTimestamp: it must be a number of milliseconds");
            return;
        }

        var beat = await registrations.BeatAsync(call, EurekaInstance.Protocol, alias, context.RequestAborted);
        if (!beat.IsRefused(out _) && beat.Value == BeatOutcome.Renewed && dirties.IsBehind(UidOf(call), alias, dirty))
            await NotFoundAsync(context);
        else
            await AnswerAsync(context, beat, StatusCodes.Status200OK);
    }

    public async Task CancelAsync(HttpContext context)
    {
        if (await EnterAsync(context, Deregister) is not { } call)
            return;
        var alias = AliasOf(context);
        var done = await registrations.DeregisterAsync(call, EurekaInstance.Protocol, alias, context.RequestAborted);
        if (done.IsRefused(out var refusal))
        {
            await EurekaAnswer.RefuseAsync(context, refusal);
            return;
        }

        dirties.Remove(UidOf(call), alias);
        if (done.Value)
            context.Response.StatusCode = StatusCodes.Status200OK;
        else
            await NotFoundAsync(context);
    }

    /// <summary>Sets the status over what the client's bodies say, until it is taken back.</summary>
    public async Task OverrideAsync(HttpContext context)
    {
        if (await EnterAsync(context, Update) is not { } call)
            return;
        if (!TryReadStatus(context, out var status) || status is null)
            await InvalidStatusAsync(context);
        else
            await SetStateAsync(context, call, status);
    }

    /// <summary>Takes the override back. Without a value the client's own word counts again: its next heartbeat has to bring it.</summary>
    public async Task ClearOverrideAsync(HttpContext context)
    {
        if (await EnterAsync(context, Update) is not { } call)
            return;
        if (!TryReadStatus(context, out var status))
            await InvalidStatusAsync(context);
        else
            await SetStateAsync(context, call, status ?? EurekaStatus.Unknown);
    }

    /// <summary>Every parameter of the query is a key; of a repeated one the first value counts.</summary>
    public async Task ChangeMetadataAsync(HttpContext context)
    {
        if (await EnterAsync(context, Update) is not { } call)
            return;
        var faults = new FaultList();
        var metadata = context.Request.Query.ToImmutableSortedDictionary(static one => one.Key, static one => one.Value.Count == 0 ? "" : one.Value[0], StringComparer.Ordinal);
        RegistrationBodyRules.CheckMetadataKeys(metadata.Keys, faults.AtPointer);
        if (!faults.IsEmpty)
        {
            await EurekaAnswer.RefuseAsync(context, faults.ToRefusal(RefusalCodes.InvalidMetadata, "Metadata is wrong"));
            return;
        }

        var done = metadata.IsEmpty
            ? await registrations.FindAsync(call, EurekaInstance.Protocol, AliasOf(context), context.RequestAborted)
            : await registrations.ChangeAsync(call, EurekaInstance.Protocol, AliasOf(context), new RegistrationChange { Metadata = metadata }, context.RequestAborted);
        await AnswerAsync(context, done);
    }

    private async Task SetStateAsync(HttpContext context, FacadeCall call, string status)
    {
        var alias = AliasOf(context);
        var done = await registrations.SetStateAsync(call, EurekaInstance.Protocol, alias, StateOf(status), isRepeated: false, context.RequestAborted);
        if (status == EurekaStatus.Unknown && !done.IsRefused(out _) && done.Value is not null)
            dirties.AskFor(UidOf(call), alias);
        await AnswerAsync(context, done);
    }

    private async Task<FacadeCall?> EnterAsync(HttpContext context, string verb)
    {
        var entered = await gate.EnterWriteAsync(context, EurekaToken.Of(context.Request), verb, null);
        if (!entered.IsRefused(out var refusal))
            return entered.Value;
        await EurekaAnswer.RefuseAsync(context, refusal);
        return null;
    }

    private static Result<(EurekaBody Body, long? Dirty)> Read(HttpContext context, ReadOnlyMemory<byte> bytes)
    {
        var node = EurekaNode.Read(bytes, context.Request.ContentType, EurekaRoutes.Instance);
        return node.IsRefused(out var refusal) ? refusal : EurekaBody.Of(node.Value, FacadeRoutes.Text(context, EurekaRoutes.App));
    }

    private static ClientRegistration ToRegistration(EurekaBody body, string alias) => new()
    {
        Protocol = EurekaInstance.Protocol,
        Id = alias,
        Service = body.Service,
        Port = body.MainPort,
        AlsoNamed = body.AlsoNamed,
        Transport = body.IsSecureOnly ? "https" : "http",
        Ports = body.Port.Enabled && body.SecurePort.Enabled
            ? [new PortBody("http", body.Port.Number, "http"), new PortBody("https", body.SecurePort.Number, "https")]
            : null,
        Metadata = body.Metadata,
        Address = body.IpAddr,
        Ttl = Math.Min(body.DurationSeconds ?? EurekaActions.DurationSeconds, RegistrationRules.MaxTtl),
        State = StateOf(body.Status),
        Detail = EurekaDetail.Of(body).ToJson(),
        Keeps = former => (StateOf(body.Status, former), EurekaDetail.Of(body).ToJson()),
    };

    /// <summary>
    /// DOWN and STARTING are believed at once. OUT_OF_SERVICE outlives bodies that say UP, as an override does on the original server: it ends with a
    /// status of UP, or when the override is deleted.
    /// </summary>
    private static ClientState? StateOf(string status, RegistrationRecord known) =>
        StateOf(status) ?? (known is { OutOfService: OutOfService.ByPod, OutOfServiceReason: ClientReasons.OutOfService } ? ClientState.OutOfService : null);

    private static ClientState? StateOf(string status) => status switch
    {
        EurekaStatus.Down => ClientState.Down,
        EurekaStatus.Starting => ClientState.Starting,
        EurekaStatus.OutOfService => ClientState.OutOfService,
        _ => null,
    };

    private static string AliasOf(HttpContext context) =>
        EurekaInstance.AliasOf(FacadeRoutes.Text(context, EurekaRoutes.App), FacadeRoutes.Text(context, EurekaRoutes.Instance));

    /// <summary>What this replica knows of it: the API server is not asked before a body that it would be asked for anyway.</summary>
    private Instance? Find(FacadeCall call, string alias)
    {
        var snapshot = state.Current;
        if (call.Caller is not PodCaller pod || snapshot.RegistrationsOf(pod.Namespace, pod.Name) is not { } entry || entry.Pod.Metadata.Uid != pod.Uid)
            return null;
        var record = entry.AsRead.Registrations.FirstOrDefault(one => one.ClientOf(EurekaInstance.Protocol)?.Id == alias);
        return record is null ? null : snapshot.FindInstance(record.Id)?.Instance;
    }

    private static string UidOf(FacadeCall call) => call.Caller is PodCaller pod ? pod.Uid : "";

    private static bool TryReadDirty(HttpContext context, out long? dirty)
    {
        var text = context.Request.Query["lastDirtyTimestamp"].ToString();
        dirty = long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var said) ? said : null;
        return dirty is not null || text.Length == 0 || text == "null";
    }

    // Null: none was said.
    private static bool TryReadStatus(HttpContext context, out string? status)
    {
        var text = context.Request.Query["value"].ToString();
        status = EurekaStatus.Read(text);
        return status != EurekaStatus.Unknown || text.Equals(EurekaStatus.Unknown, StringComparison.OrdinalIgnoreCase);
    }

    private static Task InvalidStatusAsync(HttpContext context) => EurekaAnswer.SayAsync(
        context, StatusCodes.Status400BadRequest, "Invalid value: it must be UP, DOWN, STARTING, OUT_OF_SERVICE or UNKNOWN");

    private static Task AnswerAsync(HttpContext context, Result<BeatOutcome> beat, int status)
    {
        if (beat.IsRefused(out var refusal))
            return EurekaAnswer.RefuseAsync(context, refusal);
        if (beat.Value == BeatOutcome.Unknown)
            return NotFoundAsync(context);
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }

    private static Task AnswerAsync(HttpContext context, Result<Instance?> done)
    {
        if (done.IsRefused(out var refusal))
            return EurekaAnswer.RefuseAsync(context, refusal);
        return done.Value is null ? NotFoundAsync(context) : Task.CompletedTask;
    }

    private static Task NotFoundAsync(HttpContext context) =>
        EurekaAnswer.SayAsync(context, StatusCodes.Status404NotFound, "Not found: this pod has no such registration. Register again.");
}
