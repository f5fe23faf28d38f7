using Gateway.Api.Callers;
using Gateway.Api.Endpoints;
using Gateway.Core.Registry.Lookup;

namespace Gateway.Api.Facades.Consul;

/// <summary>The paths of Consul's HTTP API, beside the native calls below <c>/v1</c>.</summary>
internal static class ConsulRoutes
{
    public const string Facade = "consul";
    public const string HealthService = "health-service";
    public const string CatalogService = "catalog-service";

    private static readonly string[] Reads = ["GET", "HEAD"];
    private static readonly string[] Put = ["PUT"];

    // Known parts of Consul that are not served.
    private static readonly string[] Unserved = ["/v1/session", "/v1/txn", "/v1/query", "/v1/acl", "/v1/connect", "/v1/coordinate"];

    public static void AddConsul(this IServiceCollection services)
    {
        services.AddSingleton<IndexWaiter>();
        services.AddSingleton<NamespaceChanges>();
        services.AddSingleton<ConsulReads>();
        services.AddSingleton<AgentWrites>();
        services.AddSingleton<AgentEndpoint>();
        services.AddSingleton<AgentServiceEndpoint>();
        services.AddSingleton<AgentCheckEndpoint>();
        services.AddSingleton<CatalogEndpoint>();
        services.AddSingleton<HealthEndpoint>();
        services.AddSingleton<UnservedEndpoint>();
    }

    public static void MapConsul(this IEndpointRouteBuilder routes)
    {
        var services = routes.ServiceProvider;
        var unserved = services.GetRequiredService<UnservedEndpoint>();
        routes.MapFacade(Facade, ["/v1/agent"], agent => MapAgent(agent, services, unserved), unserved.UnknownAsync, ConsulAnswer.RefuseAsync);
        routes.MapFacade(Facade, ["/v1/catalog"], catalog =>
        {
            var endpoint = services.GetRequiredService<CatalogEndpoint>();
            Read(catalog, "/datacenters", "catalog-datacenters", unserved.DatacentersAsync);
            Wait(catalog, "/services", "catalog-services", endpoint.ServicesAsync);
            Wait(catalog, "/service/{**name}", CatalogService, endpoint.OfServiceAsync);
            Wait(catalog, "/nodes", "catalog-nodes", endpoint.NodesAsync);
            Wait(catalog, "/node/{**node}", "catalog-node", endpoint.OfNodeAsync);
            Write(catalog, "/register", "catalog-write", unserved.CatalogWriteAsync);
            Write(catalog, "/deregister", "catalog-write", unserved.CatalogWriteAsync);
        }, unserved.UnknownAsync, ConsulAnswer.RefuseAsync);
        routes.MapFacade(Facade, ["/v1/health"], health =>
        {
            var endpoint = services.GetRequiredService<HealthEndpoint>();
            Wait(health, "/service/{**name}", HealthService, endpoint.OfServiceAsync);
            Wait(health, "/checks/{**name}", "health-checks", endpoint.ChecksAsync);
            Wait(health, "/state/{**state}", "health-state", endpoint.StateAsync);
            Wait(health, "/node/{**node}", "health-node", endpoint.OfNodeAsync);
        }, unserved.UnknownAsync, ConsulAnswer.RefuseAsync);
        routes.MapFacade(Facade, ["/v1/status"], status =>
        {
            Read(status, "/leader", "status", unserved.LeaderAsync);
            Read(status, "/peers", "status", unserved.PeersAsync);
        }, unserved.UnknownAsync, ConsulAnswer.RefuseAsync);
        routes.MapFacade(Facade, ["/v1/event"], events => Wait(events, "/list", "event-list", unserved.EventsAsync), unserved.UnknownAsync, ConsulAnswer.RefuseAsync);
        routes.MapFacade(Facade, ["/v1/kv"], keys => keys.Map("/{**key}", unserved.KeyAsync).WithMetadata(new FacadeOperation("kv"), LightWork.Mark), unserved.UnknownAsync, ConsulAnswer.RefuseAsync);
        routes.MapFacade(Facade, Unserved, static _ => { }, context =>
            context.Request.Path.Value!.Contains("/v1/acl", StringComparison.OrdinalIgnoreCase) ? unserved.AclAsync(context) : unserved.UnknownAsync(context), ConsulAnswer.RefuseAsync);
    }

    /// <summary>The rest of a path, which may hold slashes; one at its end belongs to no id unless it is encoded.</summary>
    public static string Text(HttpContext context, string name)
    {
        var text = FacadeRoutes.Text(context, name);
        return text.EndsWith('/') && (context.Request.RouteValues.GetValueOrDefault(name) as string)?.EndsWith('/') == true ? text[..^1] : text;
    }

    /// <summary>The methods of a path that is served with others than the call's; null: it is not served at all.</summary>
    public static string? MethodsOf(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        var at = path.IndexOf("/v1/", StringComparison.Ordinal);
        var parts = path[(at + 4)..].Split('/', StringSplitOptions.RemoveEmptyEntries);
        return parts switch
        {
            ["agent", "service", "register" or "deregister" or "maintenance", ..] or ["agent", "maintenance"] => "PUT",
            ["agent", "check", "pass" or "warn" or "fail" or "update" or "register" or "deregister", ..] => "PUT",
            ["catalog", "register" or "deregister"] => "PUT",
            ["agent", "services" or "checks" or "self" or "members"] or ["agent", "service", _, ..] or ["agent", "health", "service", "id" or "name", _, ..] => "GET, HEAD",
            ["catalog", "datacenters" or "services" or "nodes"] or ["catalog", "service" or "node", _, ..] => "GET, HEAD",
            ["health", "service" or "checks" or "state" or "node", _, ..] or ["status", "leader" or "peers"] or ["event", "list"] => "GET, HEAD",
            _ => null,
        };
    }

    private static void MapAgent(RouteGroupBuilder agent, IServiceProvider services, UnservedEndpoint unserved)
    {
        var reads = services.GetRequiredService<AgentEndpoint>();
        Read(agent, "/self", "agent-self", reads.SelfAsync);
        Read(agent, "/members", "agent-members", unserved.EmptyAsync);
        Read(agent, "/services", "agent-services", reads.ServicesAsync);
        Read(agent, "/checks", "agent-checks", reads.ChecksAsync);
        Read(agent, "/service/{**id}", "agent-service", reads.ServiceAsync);

        // Not ids of services.
        Read(agent, "/service/register", "unknown", unserved.UnknownAsync);
        Read(agent, "/service/deregister/{**id}", "unknown", unserved.UnknownAsync);
        Read(agent, "/service/maintenance/{**id}", "unknown", unserved.UnknownAsync);
        Read(agent, "/health/service/id/{**id}", "agent-health", reads.HealthByIdAsync);
        Read(agent, "/health/service/name/{**name}", "agent-health", reads.HealthByNameAsync);
        var service = services.GetRequiredService<AgentServiceEndpoint>();
        Write(agent, "/service/register", "register", service.RegisterAsync);
        Write(agent, "/service/deregister/{**id}", "deregister", service.DeregisterAsync);
        Write(agent, "/service/maintenance/{**id}", "maintenance", service.MaintainAsync);
        Write(agent, "/maintenance", "maintenance", service.MaintainAllAsync);
        var checks = services.GetRequiredService<AgentCheckEndpoint>();
        Write(agent, "/check/register", "check-register", checks.RegisterAsync);
        Write(agent, "/check/deregister/{**id}", "check-deregister", checks.DeregisterAsync);
        Write(agent, "/check/pass/{**id}", "check-pass", checks.PassAsync).WithMetadata(Heartbeat.Mark);
        Write(agent, "/check/update/{**id}", "check-update", checks.UpdateAsync).WithMetadata(Heartbeat.Mark);
        Write(agent, "/check/warn/{**id}", "check-warn", checks.WarnAsync).WithMetadata(Heartbeat.Mark);
        Write(agent, "/check/fail/{**id}", "check-fail", checks.FailAsync).WithMetadata(Heartbeat.Mark);
    }

    private static IEndpointConventionBuilder Read(RouteGroupBuilder group, string pattern, string operation, RequestDelegate handler) =>
        group.MapMethods(pattern, Reads, handler).WithMetadata(new FacadeOperation(operation));

    /// <summary>A read that may block; those that wait have a limit of their own.</summary>
    private static void Wait(RouteGroupBuilder group, string pattern, string operation, RequestDelegate handler) =>
        Read(group, pattern, operation, handler).WithMetadata(LightWork.Mark);

    private static IEndpointConventionBuilder Write(RouteGroupBuilder group, string pattern, string operation, RequestDelegate handler) =>
        group.MapMethods(pattern, Put, handler).WithMetadata(new FacadeOperation(operation));
}
