using System.Text.Json;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Registration;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Results;

namespace Gateway.Api.Facades.Consul;

/// <summary>
/// The checks that clients report (TTL), and their registration. A report of what is known already is a heartbeat and writes nothing. Where a service has
/// one such check, its word is the registration's state; where it has several, the worst counts, and each one's word is kept beside it. Stateless.
/// </summary>
internal sealed class AgentCheckEndpoint(AgentWrites writes)
{
    private const string ServicePrefix = "service:";

    public Task PassAsync(HttpContext context) => ReportAsync(context, ConsulStatus.Passing);

    public Task WarnAsync(HttpContext context) => ReportAsync(context, ConsulStatus.Warning);

    public Task FailAsync(HttpContext context) => ReportAsync(context, ConsulStatus.Critical);

    public async Task UpdateAsync(HttpContext context)
    {
        if (await writes.EnterAsync(context, "check") is { } call && await AgentWrites.ReadAsync(context, StatusOf) is { } status)
            await ReportAsync(context, call, status);
    }

    public async Task RegisterAsync(HttpContext context)
    {
        if (await writes.EnterAsync(context, "register") is not { } call || await AgentWrites.ReadAsync(context, ReadCheck) is not { } body)
            return;
        if (body.ServiceId.Length == 0)
        {
            await ConsulAnswer.TextAsync(context, StatusCodes.Status400BadRequest, "Invalid check: a check without ServiceID is one of the node, and the node's check here is the pod's readiness");
            return;
        }

        var known = await writes.Registrations.FindAsync(call, ConsulProtocol.Name, body.ServiceId, context.RequestAborted);
        if (!await AgentWrites.IsDoneAsync(context, known))
            return;
        if (known.Value is not { } instance)
        {
            await ConsulAnswer.TextAsync(context, StatusCodes.Status404NotFound, $"ServiceID \"{FaultText.Shortened(body.ServiceId)}\" does not exist");
            return;
        }

        var stored = await StoreAsync(call, instance, detail =>
        {
            var former = detail.Checks.FirstOrDefault(check => check.Id == body.Check.Id);
            var check = former is { IsReported: true } && body.Check.IsReported ? body.Check with { Status = former.Status } : body.Check;
            var checks = former is null ? detail.Checks.Add(check) : detail.Checks.Replace(former, check);
            return checks.Length <= RegisterBody.MaxChecks
                ? detail with { Checks = checks }
                : new Refusal(RefusalCodes.InvalidRegistration, $"Invalid check: there are more than {RegisterBody.MaxChecks}");
        }, context.RequestAborted);
        if (await AgentWrites.IsDoneAsync(context, stored))
            await ConsulAnswer.DoneAsync(context);
    }

    public async Task DeregisterAsync(HttpContext context)
    {
        if (await writes.EnterAsync(context, "deregister") is not { } call)
            return;
        var id = ConsulRoutes.Text(context, "id");
        var own = await writes.OwnAsync(call, context.RequestAborted);
        if (!await AgentWrites.IsDoneAsync(context, own))
            return;
        if (Find(own.Value, id) is not var (instance, check))
        {
            await UnknownAsync(context, id);
            return;
        }

        var stored = await StoreAsync(
            call, instance, detail => detail with { Checks = detail.Checks.RemoveAll(one => one.Id == check.Id) }, context.RequestAborted);
        if (await AgentWrites.IsDoneAsync(context, stored))
            await ConsulAnswer.DoneAsync(context);
    }

    /// <summary>The reason that a state has in the registration.</summary>
    internal static string? ReasonOf(ClientState? state) => state switch
    {
        ClientState.Critical => ClientReasons.Critical,
        ClientState.Warning => ClientReasons.Warning,
        ClientState.Maintenance => ClientReasons.Maintenance,
        _ => null,
    };

    private async Task ReportAsync(HttpContext context, string status)
    {
        if (await writes.EnterAsync(context, "check") is { } call)
            await ReportAsync(context, call, status);
    }

    private async Task ReportAsync(HttpContext context, FacadeCall call, string status)
    {
        var id = ConsulRoutes.Text(context, "id");
        var own = await writes.OwnAsync(call, context.RequestAborted);
        if (!await AgentWrites.IsDoneAsync(context, own))
            return;
        if (Find(own.Value, id) is not var (instance, check))
        {
            await ReportUnseenAsync(context, call, id, status);
            return;
        }

        if (!check.IsReported)
        {
            await UnknownAsync(context, id);
            return;
        }

        var alias = instance.ClientOf(ConsulProtocol.Name)!;
        var beat = await writes.Registrations.BeatAsync(call, ConsulProtocol.Name, alias.Id, context.RequestAborted);
        if (!await AgentWrites.IsDoneAsync(context, beat))
            return;
        if (beat.Value != BeatOutcome.Removed && !await AgentWrites.IsDoneAsync(context, await SayAsync(call, instance, check, status, context.RequestAborted)))
            return;
        await ConsulAnswer.DoneAsync(context);
    }

    /// <summary>
    /// This replica shows no such check. Where the id is Consul's own one of a service, the service is asked for: it may have been registered through another
    /// replica a moment ago, or deregistered.
    /// </summary>
    private async Task ReportUnseenAsync(HttpContext context, FacadeCall call, string id, string status)
    {
        foreach (var service in ServicesOf(id))
        {
            var beat = await writes.Registrations.BeatAsync(call, ConsulProtocol.Name, service, context.RequestAborted);
            if (!await AgentWrites.IsDoneAsync(context, beat))
                return;
            if (beat.Value == BeatOutcome.Unknown)
                continue;
            if (beat.Value == BeatOutcome.Renewed)
            {
                var found = await writes.Registrations.FindAsync(call, ConsulProtocol.Name, service, context.RequestAborted);
                if (!await AgentWrites.IsDoneAsync(context, found))
                    return;
                if (found.Value is null || Find([found.Value], id) is not var (instance, check) || !check.IsReported)
                    continue;
                if (!await AgentWrites.IsDoneAsync(context, await SayAsync(call, instance, check, status, context.RequestAborted)))
                    return;
            }

            await ConsulAnswer.DoneAsync(context);
            return;
        }

        await UnknownAsync(context, id);
    }

    private async Task<Result<Instance?>> SayAsync(FacadeCall call, Instance instance, ConsulCheck check, string status, CancellationToken cancellationToken)
    {
        var detail = ConsulDetail.Of(instance);
        if (detail.Reported.Length > 1)
        {
            return check.Status == status ? instance : await StoreAsync(
                call, instance, live => live with { Checks = [.. live.Checks.Select(one => one.Id == check.Id ? one with { Status = status } : one)] }, cancellationToken);
        }

        // Maintenance lasts until the client ends it, whatever its check says.
        return instance is { Status: InstanceStatus.OutOfService, Reason: ClientReasons.Maintenance }
            ? instance
            : await writes.Registrations.SetStateAsync(call, ConsulProtocol.Name, instance.ClientOf(ConsulProtocol.Name)!.Id, ConsulStatus.ToState(status), isRepeated: true, cancellationToken);
    }

    /// <summary>Changes what is kept, and says the worst of its checks as the registration's state. Maintenance stays.</summary>
    private Task<Result<Instance?>> StoreAsync(
        FacadeCall call, Instance instance, Func<ConsulDetail, Result<ConsulDetail>> edit, CancellationToken cancellationToken)
    {
        var id = instance.ClientOf(ConsulProtocol.Name)!.Id;
        return writes.Registrations.ChangeAsync(call, ConsulProtocol.Name, id, record =>
        {
            var edited = edit(ConsulDetail.Spread(record));
            if (edited.IsRefused(out var refusal))
                return refusal;
            var state = ConsulDetail.ReasonOf(record) == ClientReasons.Maintenance ? ClientState.Maintenance : ConsulStatus.ToState(edited.Value.Worst);
            return new RegistrationChange
            {
                OutOfService = state is not null,
                ClientReason = ReasonOf(state),
                Client = new ClientAlias(ConsulProtocol.Name, id, edited.Value.Gathered().Write()),
            };
        }, cancellationToken);
    }

    private static (Instance Instance, ConsulCheck Check)? Find(IEnumerable<Instance> own, string id)
    {
        foreach (var instance in own)
        {
            if (ConsulDetail.Of(instance).Checks.FirstOrDefault(check => check.Id == id) is { } check)
                return (instance, check);
        }

        return null;
    }

    /// <summary>The services whose check Consul would name so: <c>service:ID</c>, and <c>service:ID:2</c> where there are several.</summary>
    private static IEnumerable<string> ServicesOf(string id)
    {
        if (!id.StartsWith(ServicePrefix, StringComparison.Ordinal) || id.Length == ServicePrefix.Length)
            yield break;
        var service = id[ServicePrefix.Length..];
        yield return service;
        var colon = service.LastIndexOf(':');
        if (colon > 0 && colon < service.Length - 1 && service.AsSpan(colon + 1).IndexOfAnyExceptInRange('0', '9') < 0)
            yield return service[..colon];
    }

    private static CheckBody ReadCheck(JsonElement root)
    {
        var members = BodyMembers.Of(root, "check");
        var name = members.Text("name");
        if (name.Length == 0)
            throw new BodyFault("Missing check name");
        return CheckBody.Read(members, name);
    }

    private static string StatusOf(JsonElement root)
    {
        var members = BodyMembers.Of(root, "check");
        members.Text("output");
        var status = members.Text("status");
        return ConsulStatus.IsStatus(status) ? status : throw new BodyFault($"Invalid check status: '{FaultText.Shortened(status)}'");
    }

    // Both texts: clients of old and new versions look for either.
    private static Task UnknownAsync(HttpContext context, string id)
    {
        var shown = FaultText.Shortened(id);
        return ConsulAnswer.TextAsync(
            context, StatusCodes.Status404NotFound,
            $"CheckID \"{shown}\" does not have associated TTL (Unknown check ID \"{shown}\". Ensure that the check ID is passed, not the check name.)");
    }
}
