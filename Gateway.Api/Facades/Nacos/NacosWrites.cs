using System.Collections.Immutable;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Registration;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Results;

namespace Gateway.Api.Facades.Nacos;

/// <summary>
/// Instances of the calling pod: register, deregister, update, patch, health, beats. All answer for what was carried out, and the same whether it changed
/// something. Stateless.
/// </summary>
internal sealed class NacosWrites(NacosEntry entry, ClientRegistrations registrations, FacadeOptions options)
{
    /// <summary>Without leases beats prove nothing, so clients are asked for few: each obeys the interval that it is answered.</summary>
    public const long SlowInterval = 30_000;

    private const int Known = 10200;
    private const int NotKnown = 20404;

    public async Task RegisterAsync(HttpContext context, NacosApi api)
    {
        var parameters = await NacosParameters.ReadAsync(context);
        if (api == NacosApi.V3 && parameters.Boolean("heartBeat") == true)
        {
            await HeartBeatAsync(context, parameters);
            return;
        }

        var form = NacosInstanceForm.Read(parameters);
        if (await entry.WriteAsync(context, api, parameters, "register") is not { } call)
            return;
        await AnswerAsync(context, api, await registrations.RegisterAsync(call, form.ToRegistration(), context.RequestAborted));
    }

    /// <summary>What is not known is removed already.</summary>
    public async Task DeregisterAsync(HttpContext context, NacosApi api)
    {
        var parameters = await NacosParameters.ReadAsync(context);
        var form = NacosInstanceForm.ReadNamed(parameters);
        if (await entry.WriteAsync(context, api, parameters, "deregister") is { } call)
            await AnswerAsync(context, api, await registrations.DeregisterAsync(call, NacosHost.Protocol, form.Id, context.RequestAborted));
    }

    /// <summary>Replaces what the instance says of itself.</summary>
    public async Task UpdateAsync(HttpContext context, NacosApi api)
    {
        var parameters = await NacosParameters.ReadAsync(context);
        var form = NacosInstanceForm.Read(parameters);
        if (await entry.WriteAsync(context, api, parameters, "update") is not { } call)
            return;
        var found = await registrations.FindAsync(call, NacosHost.Protocol, form.Id, context.RequestAborted);
        if (found.IsRefused(out var refusal))
            await NacosAnswer.RefuseAsync(context, api, NacosFault.Of(refusal));
        else if (found.Value is null)
            await NacosAnswer.RefuseAsync(context, api, NacosFault.Invalid($"instance not exist: {form.Id}", NacosFault.InstanceInvalid));
        else
            await AnswerAsync(context, api, await registrations.RegisterAsync(call, form.ToRegistration(), context.RequestAborted));
    }

    /// <summary>Changes what is said alone.</summary>
    public async Task PatchAsync(HttpContext context, NacosApi api)
    {
        var parameters = await NacosParameters.ReadAsync(context);
        var form = NacosInstanceForm.Read(parameters);
        if (await entry.WriteAsync(context, api, parameters, "update") is not { } call)
            return;
        var found = await registrations.FindAsync(call, NacosHost.Protocol, form.Id, context.RequestAborted);
        if (found.Refusal is null && found.Value is not null && (form.Weight is not null || form.Metadata is not null))
            found = await registrations.ChangeAsync(call, NacosHost.Protocol, form.Id, ChangeOf(form), context.RequestAborted);
        if (found.Refusal is null && found.Value is { } instance && StateAfter(instance, form.IsEnabled, form.IsHealthy, out var state))
            found = await registrations.SetStateAsync(call, NacosHost.Protocol, form.Id, state, isRepeated: false, context.RequestAborted);
        await AnswerFoundAsync(context, api, found);
    }

    /// <summary>The client's own word about its health; a beat is none.</summary>
    public async Task SetHealthAsync(HttpContext context, NacosApi api)
    {
        var parameters = await NacosParameters.ReadAsync(context);
        var form = NacosInstanceForm.ReadNamed(parameters);
        var isHealthy = parameters.Boolean("healthy");
        if (isHealthy is null)
            parameters.Required("healthy");
        if (await entry.WriteAsync(context, api, parameters, "update") is not { } call)
            return;
        var found = await registrations.FindAsync(call, NacosHost.Protocol, form.Id, context.RequestAborted);
        if (found.Refusal is null && found.Value is { } instance && StateAfter(instance, null, isHealthy, out var state))
            found = await registrations.SetStateAsync(call, NacosHost.Protocol, form.Id, state, isRepeated: false, context.RequestAborted);
        await AnswerFoundAsync(context, api, found);
    }

    public async Task BeatAsync(HttpContext context, NacosApi api)
    {
        var parameters = await NacosParameters.ReadAsync(context);
        var name = parameters.Name();
        NacosBeat? beat = null;
        if (parameters.Text("beat") is { } text)
        {
            beat = NacosBeat.Read(text, out var fault);
            if (fault is not null)
                parameters.Refuse(fault);
        }

        var cluster = NacosInstanceForm.ReadCluster(parameters, beat);
        var form = beat is null
            ? new NacosInstanceForm(name, parameters.Required("ip"), parameters.RequiredPort(), cluster)
            : NacosInstanceForm.Of(name, beat, cluster);
        if (await entry.WriteAsync(context, api, parameters, "heartbeat") is not { } call)
            return;
        var renewed = await registrations.BeatAsync(call, NacosHost.Protocol, form.Id, context.RequestAborted);
        var refusal = renewed.Refusal;
        var isKnown = refusal is null && renewed.Value != BeatOutcome.Unknown;
        if (refusal is null && !isKnown && beat is not null)
        {
            refusal = (await registrations.RegisterAsync(call, form.ToRegistration(), context.RequestAborted)).Refusal;
            isKnown = true;
        }

        if (refusal is not null)
        {
            await NacosAnswer.RefuseAsync(context, api, NacosFault.Of(refusal));
            return;
        }

        var interval = await IntervalAsync(call, form.Id, context.RequestAborted);
        await NacosAnswer.BareAsync(context, writer =>
        {
            writer.WriteStartObject();
            writer.WriteNumber("clientBeatInterval"u8, interval);
            writer.WriteNumber("code"u8, isKnown ? Known : NotKnown);
            // Java clients then leave out what their beats say, and register again at 20404.
            writer.WriteBoolean("lightBeatEnabled"u8, true);
            writer.WriteEndObject();
        });
    }

    /// <summary>v3: a register that renews alone.</summary>
    private async Task HeartBeatAsync(HttpContext context, NacosParameters parameters)
    {
        var form = NacosInstanceForm.ReadNamed(parameters);
        if (await entry.WriteAsync(context, NacosApi.V3, parameters, "heartbeat") is not { } call)
            return;
        var renewed = await registrations.BeatAsync(call, NacosHost.Protocol, form.Id, context.RequestAborted);
        if (renewed.IsRefused(out var refusal))
            await NacosAnswer.RefuseAsync(context, NacosApi.V3, NacosFault.Of(refusal));
        else if (renewed.Value == BeatOutcome.Unknown)
            await NacosAnswer.FailedAsync(context, NacosFault.NotFound("", NacosFault.InstanceNotFound));
        else
            await NacosAnswer.OkAsync(context, NacosApi.V3);
    }

    private async Task<long> IntervalAsync(FacadeCall call, string id, CancellationToken cancellationToken)
    {
        if (!options.Leases)
            return SlowInterval;
        var found = await registrations.FindAsync(call, NacosHost.Protocol, id, cancellationToken);
        return found.Refusal is null && found.Value is { } instance
            ? NacosMetadata.Milliseconds(instance.Metadata, NacosMetadata.HeartBeatInterval, NacosHost.DefaultInterval)
            : NacosHost.DefaultInterval;
    }

    private static RegistrationChange ChangeOf(NacosInstanceForm form) => new()
    {
        Weight = form.Weight,
        ClearMetadata = form.Metadata is not null,
        Metadata = form.Metadata?.ToImmutableSortedDictionary(static entry => entry.Key, static entry => (string?)entry.Value, StringComparer.Ordinal),
    };

    /// <summary>
    /// False: the state stays. What is said of one of the two leaves the other, and a state of another kind (maintenance, or what an operator set), as it is.
    /// </summary>
    private static bool StateAfter(Instance instance, bool? enabled, bool? healthy, out ClientState? state)
    {
        var (wasEnabled, wasHealthy) = (instance.Reason != ClientReasons.Disabled, instance.Reason != ClientReasons.Down);
        var (isEnabled, isHealthy) = (enabled ?? wasEnabled, healthy ?? wasHealthy);
        state = !isEnabled ? ClientState.Disabled : !isHealthy ? ClientState.Down : null;
        var isOfAnotherKind = instance.Status == InstanceStatus.OutOfService && wasEnabled && wasHealthy;
        return (enabled ?? healthy) is not null && (state is not null || !isOfAnotherKind);
    }

    private static Task AnswerAsync<T>(HttpContext context, NacosApi api, Result<T> done) =>
        done.IsRefused(out var refusal) ? NacosAnswer.RefuseAsync(context, api, NacosFault.Of(refusal)) : NacosAnswer.OkAsync(context, api);

    private static Task AnswerFoundAsync(HttpContext context, NacosApi api, Result<Instance?> found) =>
        found.IsRefused(out var refusal) ? NacosAnswer.RefuseAsync(context, api, NacosFault.Of(refusal))
        : found.Value is null ? NacosAnswer.RefuseAsync(context, api, NacosFault.NotFound("no matched ip found!"))
        : NacosAnswer.OkAsync(context, api);
}
