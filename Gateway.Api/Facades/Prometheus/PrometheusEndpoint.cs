using Gateway.Api.Endpoints;
using Gateway.Api.Errors;
using Gateway.Api.Requests;
using Gateway.Core.Registry;
using Gateway.Core.Results;

namespace Gateway.Api.Facades.Prometheus;

/// <summary>
/// Prometheus' HTTP service discovery: the instances of one namespace as targets, at a path of our own and at Nacos'. A list is never empty because the
/// cluster is not known yet: Prometheus keeps its targets when it is refused. Keeps queries that it has read, which a server repeats.
/// </summary>
internal sealed class PrometheusEndpoint(FacadeGate gate, FacadeReader reader, FacadeAnswers answers)
{
    private static readonly byte[] s_open = "["u8.ToArray();
    private static readonly byte[] s_comma = ","u8.ToArray();
    private static readonly byte[] s_close = "]"u8.ToArray();

    private readonly KnownQueries<TargetQuery> _known = new();

    public async Task ListAsync(HttpContext context)
    {
        if (!_known.TryGet(context.Request.QueryString.Value ?? "", out var query))
        {
            var faults = new FaultList();
            query = TargetQuery.Read(context.Request.Query, faults);
            if (!faults.IsEmpty)
            {
                await ProblemAnswer.WriteAsync(context, faults.ToRefusal());
                return;
            }

            _known.Keep(context.Request.QueryString.Value, query);
        }

        var entered = await gate.EnterReadAsync(context, BasicPassword.Read(context.Request), query.Namespace);
        if (entered.IsRefused(out var refusal))
        {
            await ProblemAnswer.WriteAsync(context, refusal);
            return;
        }

        var view = reader.View(entered.Value);
        await AnswerAsync(context, view, query.ServicesOf(view), service => answers.Get(
            service, query.Variant, () => TargetGroups.Write(view.InstancesOf(service), query.Port, query.Statuses)));
    }

    public async Task ListAsNacosAsync(HttpContext context)
    {
        var said = context.Request.RouteValues.ContainsKey("namespaceId") ? FacadeRoutes.Text(context, "namespaceId") : null;
        var entered = await gate.EnterReadAsync(context, BasicPassword.Read(context.Request), said);
        if (entered.IsRefused(out var refusal))
        {
            await NacosRefusal.WriteAsync(context, refusal);
            return;
        }

        var view = reader.View(entered.Value);
        var services = !context.Request.RouteValues.ContainsKey("service") ? view.Services
            : view.Find(FacadeRoutes.Text(context, "service")) is { } service ? [service]
            : [];
        await AnswerAsync(context, view, services, service => answers.Get(service, "prometheus-nacos", () => NacosTargets.Write(view.InstancesOf(service))));
    }

    public Task RefuseUnknownAsync(HttpContext context) => ProblemAnswer.WriteAsync(context, Unknown());

    public Task RefuseUnknownAsNacosAsync(HttpContext context) => NacosRefusal.WriteAsync(context, Unknown());

    private static Refusal Unknown() => new(RefusalCodes.NotFound, "Service discovery for Prometheus has no such path.");

    /// <summary>Service by service: where one of many changed, the bytes of the others are still good.</summary>
    private static async Task AnswerAsync(HttpContext context, FacadeView view, IEnumerable<ServiceSnapshot> services, Func<ServiceSnapshot, byte[]> make)
    {
        List<byte[]> pieces = [s_open];
        foreach (var service in services)
        {
            var made = make(service);
            if (made.Length == 0)
                continue;
            if (pieces.Count > 1)
                pieces.Add(s_comma);
            pieces.Add(made);
        }

        pieces.Add(s_close);
        AnswerHeaders.Write(context.Response, view.Snapshot);
        await JsonAnswer.WriteAsync(context, pieces, "application/json");
    }
}
