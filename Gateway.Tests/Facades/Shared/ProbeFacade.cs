using System.Globalization;
using Gateway.Api.Endpoints;
using Gateway.Api.Errors;
using Gateway.Api.Facades;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Results;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.Facades.Shared;

/// <summary>
/// The smallest facade there can be, for the rules that all facades share: <c>/probe/{id}</c> with what it says in the query, its own header for a token, and
/// answers in plain text: a refusal is its code.
/// </summary>
internal sealed class ProbeFacade(IServiceProvider services)
{
    public const string Token = "X-Probe-Token";
    public const string Protocol = "consul";

    private readonly FacadeGate _gate = services.GetRequiredService<FacadeGate>();
    private readonly ClientRegistrations _clients = services.GetRequiredService<ClientRegistrations>();
    private readonly FacadeReader _reader = services.GetRequiredService<FacadeReader>();

    public static void Map(WebApplication app)
    {
        var probe = new ProbeFacade(app.Services);
        app.MapFacade("probe", ["/probe", "/probe2"], group =>
        {
            group.MapGet("", probe.ListAsync).WithMetadata(new FacadeOperation("list"));
            group.MapGet("/own", probe.OwnAsync).WithMetadata(new FacadeOperation("own"));
            group.MapGet("/{id}", probe.FindAsync).WithMetadata(new FacadeOperation("find"));
            group.MapPost("/{id}", probe.RegisterAsync).WithMetadata(new FacadeOperation("register"));
            group.MapPut("/{id}/beat", probe.BeatAsync).WithMetadata(new FacadeOperation("beat"), Heartbeat.Mark);
            group.MapPut("/{id}/check", context => probe.SetStateAsync(context, isRepeated: true)).WithMetadata(new FacadeOperation("check"), Heartbeat.Mark);
            group.MapPut("/{id}/state", context => probe.SetStateAsync(context, isRepeated: false)).WithMetadata(new FacadeOperation("state"));
            group.MapDelete("/{id}", probe.DeregisterAsync).WithMetadata(new FacadeOperation("deregister"));
        }, static context => AnswerAsync(context, 404, "no such probe"), RefuseAsync);
    }

    private async Task ListAsync(HttpContext context)
    {
        var entered = await _gate.EnterReadAsync(context, TokenOf(context), context.Request.Query["ns"]);
        if (entered.IsRefused(out var refusal))
        {
            await RefuseAsync(context, refusal);
            return;
        }

        var view = _reader.View(entered.Value);
        await AnswerAsync(context, 200, string.Join('\n', view.Services.SelectMany(service => view.InstancesOf(service)).Select(Line)));
    }

    private Task OwnAsync(HttpContext context) => RunAsync(context, "own", async (call, _) =>
    {
        var own = await _clients.OwnAsync(call, context.RequestAborted);
        return own.IsRefused(out var refusal) ? refusal : string.Join('\n', own.Value.Select(Line));
    });

    private Task FindAsync(HttpContext context) => RunAsync(context, "find", async (call, id) => Shown(await _clients.FindAsync(call, Protocol, id, context.RequestAborted)));

    private Task RegisterAsync(HttpContext context) => RunAsync(context, "register", async (call, id) =>
    {
        var query = context.Request.Query;
        var done = await _clients.RegisterAsync(call, new ClientRegistration
        {
            Protocol = query["protocol"].FirstOrDefault() ?? Protocol,
            Id = id,
            Service = query["service"].ToString(),
            Port = int.Parse(query["port"].FirstOrDefault() ?? "8080", CultureInfo.InvariantCulture),
            Address = query["address"],
            Ttl = query["ttl"].FirstOrDefault() is { } ttl ? int.Parse(ttl, CultureInfo.InvariantCulture) : null,
            State = StateOf(context),
            Detail = query["detail"],
        }, context.RequestAborted);
        return done.IsRefused(out var refusal) ? refusal : Line(done.Value);
    });

    private Task BeatAsync(HttpContext context) => RunAsync(context, "beat", async (call, id) =>
    {
        var beat = await _clients.BeatAsync(call, Protocol, id, context.RequestAborted);
        return beat.IsRefused(out var refusal) ? refusal : beat.Value.ToString();
    });

    private Task SetStateAsync(HttpContext context, bool isRepeated) => RunAsync(context, "update", async (call, id) =>
        Shown(await _clients.SetStateAsync(call, Protocol, id, StateOf(context), isRepeated, context.RequestAborted)));

    private Task DeregisterAsync(HttpContext context) => RunAsync(context, "deregister", async (call, id) =>
    {
        var done = await _clients.DeregisterAsync(call, Protocol, id, context.RequestAborted);
        return done.IsRefused(out var refusal) ? refusal : done.Value ? "removed" : "unknown";
    });

    private async Task RunAsync(HttpContext context, string verb, Func<FacadeCall, string, Task<Result<string>>> run)
    {
        var entered = await _gate.EnterWriteAsync(context, TokenOf(context), verb, context.Request.Query["ns"]);
        var done = entered.IsRefused(out var refusal) ? refusal : await run(entered.Value, FacadeRoutes.Text(context, "id"));
        if (done.IsRefused(out refusal))
            await RefuseAsync(context, refusal);
        else
            await AnswerAsync(context, 200, done.Value);
    }

    private static string? TokenOf(HttpContext context) => context.Request.Headers[Token].FirstOrDefault();

    private static ClientState? StateOf(HttpContext context) =>
        context.Request.Query["state"].FirstOrDefault() is { Length: > 0 } state ? Enum.Parse<ClientState>(state) : null;

    private static Result<string> Shown(Result<Instance?> found) =>
        found.IsRefused(out var refusal) ? refusal : found.Value is { } instance ? Line(instance) : "unknown";

    private static string Line(Instance instance) => string.Create(
        CultureInfo.InvariantCulture,
        $"{instance.Key.Service} {instance.Host ?? instance.Address}:{instance.Key.Port} {InstanceStatusNames.Of(instance.Status)} {instance.Reason ?? "-"} {instance.ClientOf(Protocol)?.Id ?? "-"}");

    private static Task RefuseAsync(HttpContext context, Refusal refusal) => AnswerAsync(context, ProblemStatus.StatusOf(refusal.Code), refusal.Code);

    private static Task AnswerAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsync(text, context.RequestAborted);
    }
}
