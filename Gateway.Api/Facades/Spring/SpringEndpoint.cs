using Gateway.Api.Endpoints;
using Gateway.Api.Errors;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Results;

namespace Gateway.Api.Facades.Spring;

/// <summary>
/// The calls of a Spring Cloud Kubernetes discovery server. Instances that a client may call are listed alone, as the original lists ready endpoints. What is
/// unknown is an empty list or an empty body, with 200.
/// </summary>
internal sealed class SpringEndpoint(FacadeGate gate, FacadeReader reader, FacadeAnswers answers, SpringAnswers services)
{
    private static readonly byte[] s_nothing = "[]"u8.ToArray();
    private static readonly byte[] s_open = "["u8.ToArray();
    private static readonly byte[] s_comma = ","u8.ToArray();
    private static readonly byte[] s_end = "}"u8.ToArray();
    private static readonly byte[] s_close = "]"u8.ToArray();

    public async Task ListAllAsync(HttpContext context)
    {
        if (await EnterAsync(context) is not { } view)
            return;
        List<byte[]> pieces = [s_open];
        foreach (var service in view.Services)
        {
            var made = services.Of(view, service);
            if (pieces.Count > 1)
                pieces.Add(s_comma);
            pieces.Add(made.Head);
            pieces.Add(made.List);
            pieces.Add(s_end);
        }

        pieces.Add(s_close);
        await JsonAnswer.WriteAsync(context, pieces);
    }

    public async Task ListAsync(HttpContext context)
    {
        if (await EnterAsync(context) is not { } view)
            return;
        var service = view.Find(FacadeRoutes.Text(context, "name"));
        await JsonAnswer.WriteAsync(context, service is null ? s_nothing : services.Of(view, service).List);
    }

    public async Task FindAsync(HttpContext context)
    {
        if (await EnterAsync(context) is not { } view)
            return;
        var service = view.Find(FacadeRoutes.Text(context, "name"));
        if (service is not null && services.Of(view, service).Find(FacadeRoutes.Text(context, "id")) is { } found)
            await JsonAnswer.WriteAsync(context, found);
        else
            context.Response.ContentLength = 0;
    }

    /// <summary>Always served: what the original asks a setting for costs this server nothing.</summary>
    public async Task FindStateAsync(HttpContext context)
    {
        if (await EnterAsync(context) is not { } view)
            return;
        await JsonAnswer.WriteAsync(context, answers.GetAll(view, "spring-state", () => StateOf(view)));
    }

    public Task RefuseUnknownAsync(HttpContext context) =>
        SpringRefusal.WriteAsync(context, new Refusal(RefusalCodes.NotFound, "A Spring Cloud Kubernetes discovery server has no such path."));

    private static byte[] StateOf(FacadeView view)
    {
        var endpoints = new List<string>();
        foreach (var service in view.List)
        {
            foreach (var instance in view.InstancesOf(service))
            {
                if (instance.Status == InstanceStatus.Up)
                    endpoints.Add(SpringInstance.EndpointName(instance));
            }
        }

        endpoints.Sort(StringComparer.Ordinal);
        return SpringJson.State(view.Namespace, endpoints);
    }

    /// <summary>Null: refused, and answered.</summary>
    private async Task<FacadeView?> EnterAsync(HttpContext context)
    {
        var entered = await gate.EnterReadAsync(context, token: null, saidNamespace: null);
        if (entered.IsRefused(out var refusal))
        {
            await SpringRefusal.WriteAsync(context, refusal);
            return null;
        }

        var view = reader.View(entered.Value);
        AnswerHeaders.Write(context.Response, view.Snapshot);
        return view;
    }
}
