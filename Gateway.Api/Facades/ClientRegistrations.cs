using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Gateway.Api.Requests;
using Gateway.Core.Annotations.Bodies;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Identity;
using Gateway.Core.Registration;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Projecting;
using Gateway.Core.Results;

namespace Gateway.Api.Facades;

/// <summary>
/// The registrations of the calling pod by the ids that its clients gave them: translates what a protocol says into the same requests as a POST and a PATCH
/// make, so that names, addresses, limits and audit are the same. Keeps no state: a client's id is in the registration itself, and so survives restarts
/// and is known to every replica.
/// </summary>
internal sealed class ClientRegistrations(
    RegistrationService registrations, RegistrationReader reader, AliasReader aliases, GoneAliases gone, FacadeOptions options, FacadeMetrics metrics)
{
    private const string NoUnicode = "Metadata must be valid Unicode.";

    private static readonly RegistrationRequestValidator Validator = new();

    /// <summary>Registers, in place of what the client registered by that id before; equal content is not written again. The answer is visible here.</summary>
    public async Task<Result<Instance>> RegisterAsync(FacadeCall call, ClientRegistration said, CancellationToken cancellationToken)
    {
        var request = Read(said);
        if (request.IsRefused(out var refusal) || (refusal = await call.MayWriteAsync(cancellationToken)) is not null)
            return refusal;
        var done = await registrations.RegisterAsync(call.Caller, [request.Value], cancellationToken);
        if (done.IsRefused(out refusal))
            return refusal;
        if (call.Caller is PodCaller pod)
            gone.Registered(pod.Uid, said.Protocol, said.Id);
        return done.Value.Items[0].Instance;
    }

    /// <summary>False: the pod has no registration of that id.</summary>
    public async Task<Result<bool>> DeregisterAsync(FacadeCall call, string protocol, string id, CancellationToken cancellationToken)
    {
        if (await call.MayWriteAsync(cancellationToken) is { } late)
            return late;
        var done = await registrations.DeregisterAliasAsync(call.Caller, protocol, id, cancellationToken);
        if (!done.IsRefused(out _) && done.Value && call.Caller is PodCaller pod)
            gone.Removed(pod.Uid, protocol, id);
        return done;
    }

    /// <summary>A heartbeat: writes nothing at the API server, and asks it only about an id that this replica has not seen.</summary>
    public async Task<Result<BeatOutcome>> BeatAsync(FacadeCall call, string protocol, string id, CancellationToken cancellationToken)
    {
        var beat = await aliases.BeatAsync(call.Caller, protocol, id, cancellationToken);
        if (beat.IsRefused(out var refusal))
            return refusal;
        return beat.Value switch
        {
            AliasBeat.Renewed => BeatOutcome.Renewed,
            AliasBeat.Removed => BeatOutcome.Removed,
            _ => BeatOutcome.Unknown,
        };
    }

    /// <summary>
    /// What the client says of its state; null: it is up. What another caller took out of service stays so. Null: the pod has no registration of that id.
    /// </summary>
    /// <param name="call">The pod's.</param>
    /// <param name="protocol">The client's.</param>
    /// <param name="id">The client's.</param>
    /// <param name="state">What it says.</param>
    /// <param name="isRepeated">
    /// The client says it again and again, as a heartbeat: nothing is asked of the API server where this replica shows that state already. What is said once
    /// is decided there, since this replica may be behind another.
    /// </param>
    /// <param name="cancellationToken">The call's.</param>
    public async Task<Result<Instance?>> SetStateAsync(
        FacadeCall call, string protocol, string id, ClientState? state, bool isRepeated, CancellationToken cancellationToken)
    {
        var found = await aliases.FindAsync(call.Caller, protocol, id, cancellationToken);
        if (found.IsRefused(out var refusal))
            return refusal;
        if (found.Value.Record is not { } record)
            return (Instance?)null;
        var reason = ReasonOf(state);
        var isSo = reason is null
            ? record.OutOfService != OutOfService.ByPod
            : record.OutOfService == OutOfService.ByOther || (record.OutOfService == OutOfService.ByPod && record.OutOfServiceReason == reason);
        return isRepeated && isSo
            ? found.Value.Instance
            : await UpdateAsync(call, record, new RegistrationChange { OutOfService = reason is not null, ClientReason = reason }, cancellationToken);
    }

    /// <summary>Changes weight, metadata or what the facade keeps. Null: the pod has no registration of that id.</summary>
    public async Task<Result<Instance?>> ChangeAsync(FacadeCall call, string protocol, string id, RegistrationChange change, CancellationToken cancellationToken)
    {
        if (change.Client is { } client && Fault(client) is { } fault)
            return fault;
        if (Fault(change.Metadata) is { } wrong)
            return wrong;
        var found = await aliases.FindAsync(call.Caller, protocol, id, cancellationToken);
        if (found.IsRefused(out var refusal))
            return refusal;
        return found.Value.Record is { } record ? await UpdateAsync(call, record, change, cancellationToken) : (Instance?)null;
    }

    /// <summary>
    /// As the other one, for what is added to what is there: decided by the record as the API server has it, so that of two calls at once, at whichever
    /// replicas, none undoes the other.
    /// </summary>
    public async Task<Result<Instance?>> ChangeAsync(
        FacadeCall call, string protocol, string id, Func<RegistrationRecord, Result<RegistrationChange>> decide, CancellationToken cancellationToken)
    {
        var found = await aliases.FindAsync(call.Caller, protocol, id, cancellationToken);
        if (found.IsRefused(out var refusal))
            return refusal;
        return found.Value.Record is { } record ? await UpdateAsync(call, record, new RegistrationChange { Decide = Decide }, cancellationToken) : (Instance?)null;

        Result<RegistrationChange> Decide(RegistrationRecord live)
        {
            if (live.ClientOf(protocol)?.Id != id)
                return new Refusal(RefusalCodes.NotFound, "The pod has no registration of that id any more.");
            var decided = decide(live);
            return decided.IsRefused(out var wrong) || (decided.Value.Client is { } client && (wrong = Fault(client)) is not null)
                ? wrong
                : decided.Value with { IsClientWord = true };
        }
    }

    /// <summary>Null: the pod has no registration of that id.</summary>
    public async Task<Result<Instance?>> FindAsync(FacadeCall call, string protocol, string id, CancellationToken cancellationToken)
    {
        var found = await aliases.FindAsync(call.Caller, protocol, id, cancellationToken);
        return found.IsRefused(out var refusal) ? refusal : found.Value.Instance;
    }

    /// <summary>All that the caller's pod has registered, by whatever protocol.</summary>
    public async Task<Result<ImmutableArray<Instance>>> OwnAsync(FacadeCall call, CancellationToken cancellationToken)
    {
        var own = await reader.OwnAsync(call.Caller, null, cancellationToken);
        return own.IsRefused(out var refusal) ? refusal : own.Value[0].Items;
    }

    private async Task<Result<Instance?>> UpdateAsync(
        FacadeCall call, RegistrationRecord record, RegistrationChange change, CancellationToken cancellationToken)
    {
        if (await call.MayWriteAsync(cancellationToken) is { } late)
            return late;
        var done = await registrations.UpdateAsync(
            call.Caller, null, RegistrationId.Parse(record.Id), change with { IsClientWord = true }, cancellationToken);
        if (done.IsRefused(out var refusal))
            return refusal.Code == RefusalCodes.NotFound ? (Instance?)null : refusal;
        return done.Value.Items[0].Instance;
    }

    private Result<RegistrationRequest> Read(ClientRegistration said)
    {
        var client = new ClientAlias(said.Protocol, said.Id, said.Detail);
        if (Fault(client) is { } fault)
            return fault;
        var host = ClientAddress.Read(said.Address, out var isReplaced);
        var request = new RegistrationRequest
        {
            Service = said.Service,
            Port = said.Port,
            AlsoNamed = said.AlsoNamed,
            Group = said.Group,
            Version = said.Version,
            Protocol = said.Transport,
            Ports = said.Ports,
            Metadata = said.Metadata.WithComparers(StringComparer.Ordinal),
            Weight = said.Weight,
            Ttl = options.Leases && said.Ttl is { } ttl ? Math.Clamp(ttl, 1, RegistrationRules.MaxTtl) : null,
            Host = host,
            HostMember = "/address",
            Client = client,
            ClientReason = ReasonOf(said.State),
            Keeps = said.Keeps is not { } keeps ? null : former =>
            {
                var (state, detail) = keeps(former);
                var kept = client with { Detail = detail };

                // Where what was kept takes more room than there is, what is said now counts.
                return (Fault(kept) is null ? kept : client, ReasonOf(state));
            },
        };
        var faults = new FaultList();
        Validator.Collect(request, "", faults);
        if (said.Metadata.Any(static entry => !IsUnicode(entry.Key) || !IsUnicode(entry.Value)))
            faults.AtPointer("/metadata", FaultCodes.InvalidValue, NoUnicode);
        if (!faults.IsEmpty)
            return faults.ToRefusal(RefusalCodes.InvalidRegistration, "What the client registers is not valid", "Nothing was written.");
        if (isReplaced)
            metrics.AddressReplaced(said.Protocol);
        return request;
    }

    private static Refusal? Fault(ClientAlias client)
    {
        var fault = !ClientAlias.IsId(client.Id) || !IsUnicode(client.Id)
            ? new Fault("/id", null, FaultCodes.InvalidValue, $"The client's id must have 1 to {ClientAlias.MaxIdLength} characters of valid Unicode.")
            : client.Detail is { } detail && !IsDetail(detail)
                ? new Fault("/detail", null, FaultCodes.TooLong, $"What the client says beside the registration takes more than {ClientAlias.MaxDetailBytes} bytes, or is not valid Unicode.")
                : null;
        return fault is null ? null : new Refusal(RefusalCodes.InvalidRegistration, fault.Detail) { Faults = [fault] };
    }

    private static Refusal? Fault(IReadOnlyDictionary<string, string?>? metadata)
    {
        var faults = new FaultList();
        RegistrationBodyRules.CheckMetadataKeys(metadata?.Keys ?? [], faults.AtPointer);
        if (metadata?.Any(static entry => !IsUnicode(entry.Key) || !IsUnicode(entry.Value ?? "")) == true)
            faults.AtPointer("/metadata", FaultCodes.InvalidValue, NoUnicode);
        return faults.IsEmpty ? null : faults.ToRefusal(RefusalCodes.InvalidMetadata, "Metadata is wrong", "Nothing was written.");
    }

    private static bool IsDetail(string detail)
    {
        if (!IsUnicode(detail) || Encoding.UTF8.GetByteCount(detail) > ClientAlias.MaxDetailBytes)
            return false;

        // The facade's own word: anything but an object is its bug.
        using var parsed = JsonDocument.Parse(detail);
        return parsed.RootElement.ValueKind == JsonValueKind.Object;
    }

    private static bool IsUnicode(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (!char.IsHighSurrogate(text[i]) || i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1]))
                return false;
            i++;
        }

        return true;
    }

    private static string? ReasonOf(ClientState? state) => state switch
    {
        null => null,
        ClientState.Down => ClientReasons.Down,
        ClientState.Starting => ClientReasons.Starting,
        ClientState.OutOfService => ClientReasons.OutOfService,
        ClientState.Critical => ClientReasons.Critical,
        ClientState.Warning => ClientReasons.Warning,
        ClientState.Maintenance => ClientReasons.Maintenance,
        _ => ClientReasons.Disabled,
    };
}
