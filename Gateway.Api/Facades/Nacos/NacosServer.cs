using System.Text.Json;
using Gateway.Api.Endpoints;
using Gateway.Core.Registry;
using Gateway.Core.Results;

namespace Gateway.Api.Facades.Nacos;

/// <summary>What clients ask of the server itself: login, health, metrics and switches, namespaces; and of configurations, which are not here. Stateless.</summary>
internal sealed class NacosServer(NacosEntry entry, FacadeGate gate, FacadeOptions options, RegistryState state, GrpcClients clients, TimeProvider time)
{
    // Where a token does not say when it ends, its reviews are repeated anyway; clients log in again in time.
    private static readonly TimeSpan UnknownLife = TimeSpan.FromHours(1);

    /// <summary>The password is the token. The name is answered as it was sent.</summary>
    public async Task LoginAsync(HttpContext context, NacosApi api)
    {
        var parameters = await NacosParameters.ReadAsync(context);
        var (name, password) = (parameters.Text("username") ?? "", parameters.Text("password"));
        if (parameters.Fault is null && password is null)
            parameters.Refuse(new NacosFault(StatusCodes.Status403Forbidden, NacosFault.AccessDenied, "unknown user!"));
        if (parameters.Fault is { } fault)
        {
            await NacosAnswer.RefuseAsync(context, api, fault);
            return;
        }

        var entered = await gate.EnterLoginAsync(context, password!);
        if (entered.IsRefused(out var refusal))
        {
            await NacosAnswer.RefuseAsync(context, api, NacosFault.Of(refusal));
            return;
        }

        clients.Note(context.Request.Headers.UserAgent, entered.Value.Caller);
        var left = entered.Value.Caller.TokenExpires is { } ends ? ends - time.GetUtcNow() : UnknownLife;
        context.Response.Headers.CacheControl = "no-store";
        await NacosAnswer.BareAsync(context, writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("accessToken"u8, password);
            writer.WriteNumber("tokenTtl"u8, Math.Max(1, (long)left.TotalSeconds));
            writer.WriteBoolean("globalAdmin"u8, false);
            writer.WriteString("username"u8, name);
            writer.WriteEndObject();
        });
    }

    public Task LivenessAsync(HttpContext context) => NacosAnswer.TextAsync(context, "OK");

    public Task ReadinessAsync(HttpContext context, NacosApi api) => state.Current.HasSynced
        ? NacosAnswer.TextAsync(context, "OK")
        : NacosAnswer.RefuseAsync(context, api, NacosFault.Of(NotSynced.Refusal()));

    /// <summary>The state of the server, which clients ask for; the counts only where they are asked for.</summary>
    public async Task MetricsAsync(HttpContext context, NacosApi api)
    {
        var parameters = new NacosParameters(context.Request);
        var onlyStatus = parameters.Boolean("onlyStatus") ?? true;
        if (parameters.Fault is { } fault)
        {
            await NacosAnswer.RefuseAsync(context, api, fault);
            return;
        }

        await NacosAnswer.DataAsync(context, api, writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("status"u8, state.Current.HasSynced ? "UP" : "STARTING");
            if (!onlyStatus)
                writer.WriteNumber("subscribeCount"u8, 0);
            writer.WriteEndObject();
        });
    }

    /// <summary>Those of Nacos' switches that mean something here.</summary>
    public Task SwitchesAsync(HttpContext context, NacosApi api) => NacosAnswer.DataAsync(context, api, writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("name"u8, "00-00---000-NACOS_SWITCH_DOMAIN-000---00-00");
        writer.WriteNumber("clientBeatInterval"u8, options.Leases ? NacosHost.DefaultInterval : NacosWrites.SlowInterval);
        writer.WriteNumber("defaultCacheMillis"u8, NacosList.CacheMilliseconds);
        writer.WriteBoolean("defaultInstanceEphemeral"u8, true);
        writer.WriteBoolean("healthCheckEnabled"u8, false);
        writer.WriteBoolean("lightBeatEnabled"u8, true);
        writer.WriteBoolean("pushEnabled"u8, false);
        writer.WriteEndObject();
    });

    /// <summary>Replicas are found by their Service, not by each other.</summary>
    public Task ServersAsync(HttpContext context, NacosApi api) => NacosAnswer.DataAsync(context, api, static writer =>
    {
        writer.WriteStartObject();
        writer.WriteStartArray("servers"u8);
        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    public Task NoAdministrationAsync(HttpContext context, NacosApi api) => NacosAnswer.RefuseAsync(
        context, api, new NacosFault(StatusCodes.Status403Forbidden, NacosFault.Disabled, "This is not administered by Nacos' API: it is set in the gateway's configuration."));

    /// <summary>The one namespace that the caller sees, under the name that Nacos has for it.</summary>
    public async Task NamespacesAsync(HttpContext context, NacosApi api)
    {
        if (await entry.ReadAsync(context, api, new NacosParameters(context.Request)) is not { } call)
            return;
        await NacosAnswer.BareAsync(context, writer =>
        {
            writer.WriteStartObject();
            writer.WriteNumber("code"u8, api == NacosApi.V1 ? StatusCodes.Status200OK : 0);
            writer.WriteString("message"u8, api == NacosApi.V1 ? null : "success");
            writer.WriteStartArray("data"u8);
            WriteNamespace(writer, call.Namespace);
            writer.WriteEndArray();
            writer.WriteEndObject();
        });
    }

    private static void WriteNamespace(Utf8JsonWriter writer, string ns)
    {
        writer.WriteStartObject();
        writer.WriteString("namespace"u8, "");
        writer.WriteString("namespaceShowName"u8, "public");
        writer.WriteString("namespaceDesc"u8, ns);
        writer.WriteNumber("quota"u8, 0);
        writer.WriteNumber("configCount"u8, 0);
        writer.WriteNumber("type"u8, 0);
        writer.WriteEndObject();
    }

    /// <summary>Configurations are ConfigMaps here.</summary>
    public Task NoConfigurationAsync(HttpContext context, NacosApi api) => NacosAnswer.RefuseAsync(context, api, NacosFault.NotFound("config data not exist"));

    public static Task UnknownAsync(HttpContext context, NacosApi api) => NacosAnswer.RefuseAsync(
        context, api, NacosFault.NotFound($"{context.Request.Method} {FaultText.Shortened(context.Request.Path.Value ?? "")} is not served."));
}
