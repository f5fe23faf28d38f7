using System.Collections.Immutable;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Registration;
using Gateway.Core.Registry.Instances;

namespace Gateway.Api.Facades.Consul;

/// <summary>Registers and deregisters the services of the calling pod, and takes them into maintenance. Stateless.</summary>
internal sealed class AgentServiceEndpoint(AgentWrites writes)
{
    public async Task RegisterAsync(HttpContext context)
    {
        if (await writes.EnterAsync(context, "register") is not { } call || await AgentWrites.ReadAsync(context, RegisterBody.Read) is not { } body)
            return;
        var known = await writes.Registrations.FindAsync(call, ConsulProtocol.Name, body.Id, context.RequestAborted);
        if (!await AgentWrites.IsDoneAsync(context, known))
            return;
        var registered = await writes.Registrations.RegisterAsync(call, Said(body, known.Value), context.RequestAborted);
        if (await AgentWrites.IsDoneAsync(context, registered))
            await ConsulAnswer.DoneAsync(context);
    }

    /// <summary>An id that went a moment ago is answered like one that goes now: clients deregister twice as they stop.</summary>
    public async Task DeregisterAsync(HttpContext context)
    {
        if (await writes.EnterAsync(context, "deregister") is not { } call)
            return;
        var id = ConsulRoutes.Text(context, "id");
        var done = await writes.Registrations.DeregisterAsync(call, ConsulProtocol.Name, id, context.RequestAborted);
        if (!await AgentWrites.IsDoneAsync(context, done))
            return;
        if (!done.Value)
        {
            var beat = await writes.Registrations.BeatAsync(call, ConsulProtocol.Name, id, context.RequestAborted);
            if (!await AgentWrites.IsDoneAsync(context, beat))
                return;
            if (beat.Value != BeatOutcome.Removed)
            {
                await AgentWrites.UnknownServiceAsync(context, id);
                return;
            }
        }

        await ConsulAnswer.DoneAsync(context);
    }

    public async Task MaintainAsync(HttpContext context)
    {
        if (await writes.EnterAsync(context, "maintenance") is not { } call || await EnableOfAsync(context) is not { } enable)
            return;
        var id = ConsulRoutes.Text(context, "id");
        var known = await writes.Registrations.FindAsync(call, ConsulProtocol.Name, id, context.RequestAborted);
        if (!await AgentWrites.IsDoneAsync(context, known))
            return;
        if (known.Value is not { } instance)
            await AgentWrites.UnknownServiceAsync(context, id);
        else if (await MaintainAsync(context, call, instance, enable))
            await ConsulAnswer.DoneAsync(context);
    }

    /// <summary>Maintenance of the agent: of all that the pod registered through Consul.</summary>
    public async Task MaintainAllAsync(HttpContext context)
    {
        if (await writes.EnterAsync(context, "maintenance") is not { } call || await EnableOfAsync(context) is not { } enable)
            return;
        var own = await writes.OwnAsync(call, context.RequestAborted);
        if (!await AgentWrites.IsDoneAsync(context, own))
            return;
        foreach (var instance in own.Value)
        {
            if (!await MaintainAsync(context, call, instance, enable))
                return;
        }

        await ConsulAnswer.DoneAsync(context);
    }

    /// <summary>What a registration asks for, in our terms; <paramref name="known"/> is what is registered under that id now.</summary>
    private static ClientRegistration Said(RegisterBody body, Instance? known)
    {
        var former = known is null ? ConsulDetail.None : ConsulDetail.Of(known);
        var checks = body.Checks.Select(said => former.Checks.FirstOrDefault(one => one.Id == said.Check.Id && one.IsReported && said.Check.IsReported) is { } kept
            ? said.Check with { Status = kept.Status } : said.Check).ToImmutableArray();
        var reported = checks.Count(static check => check.IsReported);
        var worst = checks.Aggregate(ConsulStatus.Passing, static (worst, check) => ConsulStatus.Worse(worst, check.Status));
        if (reported == 1)
            checks = [.. checks.Select(static check => check with { Status = ConsulStatus.Passing })];
        var member = body.Tags.IsEmpty ? "" : body.Meta.ContainsKey(ConsulProtocol.TagsMember) ? ConsulProtocol.OtherTagsMember : ConsulProtocol.TagsMember;
        return new ClientRegistration
        {
            Protocol = ConsulProtocol.Name,
            Id = body.Id,
            Service = body.Name,
            Port = body.Port,
            Address = body.Address,
            Metadata = member.Length == 0 ? body.Meta : body.Meta.SetItem(member, string.Join(',', body.Tags)),
            Weight = ClientWeights.FromConsul(body.Passing),
            Ttl = body.Checks.Min(static check => check.Ttl),

            // As Consul's agent: registering again changes neither what a check said nor maintenance.
            State = known is null ? ConsulStatus.ToState(worst) : StateOf(known),
            Detail = new ConsulDetail
            {
                Tags = body.Tags,
                TagsMember = member,
                Passing = body.Passing,
                Warning = body.Warning,
                EnableTagOverride = body.EnableTagOverride,
                Checks = checks,
                MaintenanceReason = former.MaintenanceReason,
            }.Write(),
        };
    }

    private static ClientState? StateOf(Instance known) => known.Status != InstanceStatus.OutOfService ? null : known.Reason switch
    {
        ClientReasons.Critical => ClientState.Critical,
        ClientReasons.Warning => ClientState.Warning,
        ClientReasons.Maintenance => ClientState.Maintenance,
        _ => null,
    };

    private async Task<bool> MaintainAsync(HttpContext context, FacadeCall call, Instance instance, bool enable)
    {
        var alias = instance.ClientOf(ConsulProtocol.Name)!;
        var detail = ConsulDetail.Of(instance);
        var reason = enable ? context.Request.Query["reason"].ToString() : "";
        var isMaintained = instance is { Status: InstanceStatus.OutOfService, Reason: ClientReasons.Maintenance };

        // What checks said before shows again.
        var worst = detail.Reported.Aggregate(ConsulStatus.Passing, static (worst, check) => ConsulStatus.Worse(worst, check.Status));
        var after = enable ? ClientState.Maintenance : isMaintained ? ConsulStatus.ToState(worst) : StateOf(instance);
        var done = reason == detail.MaintenanceReason
            ? enable || isMaintained ? await writes.Registrations.SetStateAsync(call, ConsulProtocol.Name, alias.Id, after, context.RequestAborted) : instance
            : await writes.Registrations.ChangeAsync(
                call, ConsulProtocol.Name, alias.Id, new RegistrationChange
                {
                    OutOfService = after is not null,
                    ClientReason = AgentCheckEndpoint.ReasonOf(after),
                    Client = alias with { Detail = (detail with { MaintenanceReason = reason }).Write() },
                },
                context.RequestAborted);
        return await AgentWrites.IsDoneAsync(context, done);
    }

    /// <summary>Null: it is not said, and refused.</summary>
    private static async Task<bool?> EnableOfAsync(HttpContext context)
    {
        if (context.Request.Query["enable"].ToString().Length == 0)
            await ConsulAnswer.TextAsync(context, StatusCodes.Status400BadRequest, "Missing value for enable");
        else if (context.Request.Query["reason"].ToString().Length > 1024)
            await ConsulAnswer.TextAsync(context, StatusCodes.Status400BadRequest, "Invalid value for reason: it is longer than 1024 characters");
        else if (ConsulQuery.TryReadFlag(context.Request.Query, "enable", out var enable))
            return enable;
        else
            await ConsulAnswer.TextAsync(context, StatusCodes.Status400BadRequest, $"Invalid value for enable: {Gateway.Core.Results.FaultText.Shortened(context.Request.Query["enable"].ToString())}");
        return null;
    }
}
