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
        var registered = await writes.Registrations.RegisterAsync(call, Said(body), context.RequestAborted);
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
        if (call.TakeFurther(own.Value.Count - 1) is { } surplus)
        {
            await ConsulAnswer.RefuseAsync(context, surplus);
            return;
        }

        foreach (var instance in own.Value)
        {
            if (!await MaintainAsync(context, call, instance, enable))
                return;
        }

        await ConsulAnswer.DoneAsync(context);
    }

    /// <summary>What a registration asks for, in our terms. As at Consul's agent, registering again changes neither what a check said nor maintenance.</summary>
    private static ClientRegistration Said(RegisterBody body)
    {
        var member = body.Tags.IsEmpty ? "" : body.Meta.ContainsKey(ConsulProtocol.TagsMember) ? ConsulProtocol.OtherTagsMember : ConsulProtocol.TagsMember;
        var detail = new ConsulDetail
        {
            Tags = body.Tags,
            TagsMember = member,
            Passing = body.Passing,
            Warning = body.Warning,
            EnableTagOverride = body.EnableTagOverride,
            Checks = [.. body.Checks.Select(static said => said.Check)],
        };
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
            State = ConsulStatus.ToState(detail.Worst),
            Detail = detail.Gathered().Write(),
            Keeps = former => Kept(detail, former),
        };
    }

    private static (ClientState? State, string? Detail) Kept(ConsulDetail said, RegistrationRecord former)
    {
        var known = ConsulDetail.Of(former);
        var checks = said.Checks.Select(one => known.Checks.FirstOrDefault(other => other.Id == one.Id && other.IsReported && one.IsReported) is { } kept
            ? one with { Status = kept.Status } : one);
        return (StateOf(ConsulDetail.ReasonOf(former)), (said with { Checks = [.. checks], MaintenanceReason = known.MaintenanceReason }).Gathered().Write());
    }

    private static ClientState? StateOf(string? reason) => reason switch
    {
        ClientReasons.Critical => ClientState.Critical,
        ClientReasons.Warning => ClientState.Warning,
        ClientReasons.Maintenance => ClientState.Maintenance,
        _ => null,
    };

    private async Task<bool> MaintainAsync(HttpContext context, FacadeCall call, Instance instance, bool enable)
    {
        var id = instance.ClientOf(ConsulProtocol.Name)!.Id;
        var reason = enable ? context.Request.Query["reason"].ToString() : "";
        var done = await writes.Registrations.ChangeAsync(call, ConsulProtocol.Name, id, record =>
        {
            // What checks said before shows again.
            var (detail, said) = (ConsulDetail.Of(record), ConsulDetail.ReasonOf(record));
            var after = enable ? ClientState.Maintenance : said == ClientReasons.Maintenance ? ConsulStatus.ToState(detail.Worst) : StateOf(said);
            return new RegistrationChange
            {
                OutOfService = after is not null,
                ClientReason = AgentCheckEndpoint.ReasonOf(after),
                Client = new ClientAlias(ConsulProtocol.Name, id, (detail with { MaintenanceReason = reason }).Write()),
            };
        }, context.RequestAborted);
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
