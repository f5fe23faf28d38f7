using Gateway.Api.Callers;
using Gateway.Api.Endpoints;
using Gateway.Core.Results;

namespace Gateway.Api.Facades.Nacos;

/// <summary>The routes of Nacos' HTTP APIs: v1 and v2 as servers up to 2.x have them, of v3 the one for clients.</summary>
internal static class NacosRoutes
{
    private const string Facade = "nacos";

    private static readonly string[] Configuration = ["GET", "HEAD", "POST", "PUT", "DELETE"];

    public static void AddNacos(this IServiceCollection services)
    {
        services.AddSingleton<NacosEntry>();
        services.AddSingleton<NacosWrites>();
        services.AddSingleton<NacosBatch>();
        services.AddSingleton<NacosReads>();
        services.AddSingleton<NacosServices>();
        services.AddSingleton<NacosServer>();
        services.AddSingleton<GrpcClients>();
    }

    public static void MapNacos(this IEndpointRouteBuilder routes)
    {
        var parts = new Parts(routes.ServiceProvider);
        routes.MapFacade(Facade, ["/nacos/v1"], group => MapV1(group, parts), Unknown(NacosApi.V1), Refuse(NacosApi.V1));
        routes.MapFacade(Facade, ["/nacos/v2"], group => MapV2(group, parts), Unknown(NacosApi.V2), Refuse(NacosApi.V2));
        routes.MapFacade(Facade, ["/nacos/v3"], group => MapV3(group, parts), Unknown(NacosApi.V3), Refuse(NacosApi.V3));
    }

    private static RequestDelegate Unknown(NacosApi api) => context => NacosServer.UnknownAsync(context, api);

    private static Func<HttpContext, Refusal, Task> Refuse(NacosApi api) => (context, refusal) => NacosAnswer.RefuseAsync(context, api, NacosFault.Of(refusal));

    private static void MapV1(RouteGroupBuilder group, Parts parts)
    {
        MapInstances(group, parts, NacosApi.V1);
        MapServices(group, parts, NacosApi.V1);
        MapOperator(group, parts, NacosApi.V1);
        var (reads, writes, server) = (parts.Reads, parts.Writes, parts.Server);
        group.Map(GatewayRoutes.Reads, "/ns/instance/statuses", "statuses", context => reads.StatusesAsync(context, NacosApi.V1));
        group.Map(["PUT"], "/ns/health/instance", "health", context => writes.SetHealthAsync(context, NacosApi.V1));
        group.Map(["POST"], "/auth/login", "login", context => server.LoginAsync(context, NacosApi.V1));
        group.Map(["POST"], "/auth/users/login", "login", context => server.LoginAsync(context, NacosApi.V1));
        group.Map(GatewayRoutes.Reads, "/console/namespaces", "namespaces", context => server.NamespacesAsync(context, NacosApi.V1));
        group.Map(Configuration, "/cs/configs", "configuration", context => server.NoConfigurationAsync(context, NacosApi.V1));
        group.Map(Configuration, "/cs/configs/listener", "configuration", context => server.NoConfigurationAsync(context, NacosApi.V1));
    }

    private static void MapV2(RouteGroupBuilder group, Parts parts)
    {
        MapInstances(group, parts, NacosApi.V2);
        MapServices(group, parts, NacosApi.V2);
        MapOperator(group, parts, NacosApi.V2);
        var (reads, writes, server) = (parts.Reads, parts.Writes, parts.Server);
        group.Map(GatewayRoutes.Reads, "/ns/instance/statuses/{key}", "statuses", context => reads.StatusesAsync(context, NacosApi.V2));
        group.Map(["PUT"], "/ns/health", "health", context => writes.SetHealthAsync(context, NacosApi.V2));
        group.Map(["PUT"], "/ns/health/instance", "health", context => writes.SetHealthAsync(context, NacosApi.V2));
        group.Map(GatewayRoutes.Reads, "/console/namespace/list", "namespaces", context => server.NamespacesAsync(context, NacosApi.V2));
        group.Map(Configuration, "/cs/config", "configuration", context => server.NoConfigurationAsync(context, NacosApi.V2));
    }

    private static void MapV3(RouteGroupBuilder group, Parts parts)
    {
        var (reads, writes, server) = (parts.Reads, parts.Writes, parts.Server);
        // With heartBeat=true it renews; a registration is asked for once more before it is written.
        group.Map(["POST"], "/client/ns/instance", "register", context => writes.RegisterAsync(context, NacosApi.V3)).WithMetadata(Heartbeat.Mark);
        group.Map(["DELETE"], "/client/ns/instance", "deregister", context => writes.DeregisterAsync(context, NacosApi.V3));
        group.Map(GatewayRoutes.Reads, "/client/ns/instance/list", "list", context => reads.ListAsync(context, NacosApi.V3)).WithMetadata(LightWork.Mark);
        group.Map(GatewayRoutes.Reads, "/client/cs/config", "configuration", context => server.NoConfigurationAsync(context, NacosApi.V3));
        group.Map(["POST"], "/auth/user/login", "login", context => server.LoginAsync(context, NacosApi.V3));
    }

    private static void MapInstances(RouteGroupBuilder group, Parts parts, NacosApi api)
    {
        var (reads, writes, batch) = (parts.Reads, parts.Writes, parts.Batch);
        group.Map(["POST"], "/ns/instance", "register", context => writes.RegisterAsync(context, api));
        group.Map(["DELETE"], "/ns/instance", "deregister", context => writes.DeregisterAsync(context, api));
        group.Map(["PUT"], "/ns/instance", "update", context => writes.UpdateAsync(context, api));
        group.Map(["PATCH"], "/ns/instance", "patch", context => writes.PatchAsync(context, api));
        group.Map(["PUT", "POST"], "/ns/instance/beat", "beat", context => writes.BeatAsync(context, api)).WithMetadata(Heartbeat.Mark);
        group.Map(GatewayRoutes.Reads, "/ns/instance", "instance", context => reads.FindAsync(context, api));
        group.Map(GatewayRoutes.Reads, "/ns/instance/list", "list", context => reads.ListAsync(context, api)).WithMetadata(LightWork.Mark);
        group.Map(["PUT"], "/ns/instance/metadata/batch", "metadata", context => batch.UpdateAsync(context, api));
        group.Map(["DELETE"], "/ns/instance/metadata/batch", "metadata", context => batch.DeleteAsync(context, api));
    }

    private static void MapServices(RouteGroupBuilder group, Parts parts, NacosApi api)
    {
        var services = parts.Services;
        group.Map(GatewayRoutes.Reads, "/ns/service/list", "services", context => services.ListAsync(context, api));
        group.Map(GatewayRoutes.Reads, "/ns/service/subscribers", "subscribers", context => services.SubscribersAsync(context, api));
        group.Map(GatewayRoutes.Reads, "/ns/service", "service", context => services.FindAsync(context, api));
        group.Map(["POST", "PUT"], "/ns/service", "service", context => services.PutAsync(context, api));
        group.Map(["DELETE"], "/ns/service", "service", context => services.DeleteAsync(context, api));
    }

    private static void MapOperator(RouteGroupBuilder group, Parts parts, NacosApi api)
    {
        var server = parts.Server;
        group.Map(GatewayRoutes.Reads, "/ns/operator/metrics", "operator", context => server.MetricsAsync(context, api));
        group.Map(GatewayRoutes.Reads, "/ns/operator/switches", "operator", context => server.SwitchesAsync(context, api));
        group.Map(GatewayRoutes.Reads, "/ns/operator/servers", "operator", context => server.ServersAsync(context, api));
        group.Map(["PUT"], "/ns/operator/switches", "operator", context => server.NoAdministrationAsync(context, api));
        group.Map(["PUT"], "/ns/operator/log", "operator", context => server.NoAdministrationAsync(context, api));
        group.Map(GatewayRoutes.Reads, "/console/health/liveness", "health", server.LivenessAsync);
        group.Map(GatewayRoutes.Reads, "/console/health/readiness", "health", context => server.ReadinessAsync(context, api));
    }

    private static IEndpointConventionBuilder Map(this RouteGroupBuilder group, string[] methods, string pattern, string operation, RequestDelegate run) =>
        group.MapMethods(pattern, methods, run).WithMetadata(new FacadeOperation(operation));

    private sealed class Parts(IServiceProvider services)
    {
        public NacosReads Reads { get; } = services.GetRequiredService<NacosReads>();
        public NacosWrites Writes { get; } = services.GetRequiredService<NacosWrites>();
        public NacosBatch Batch { get; } = services.GetRequiredService<NacosBatch>();
        public NacosServices Services { get; } = services.GetRequiredService<NacosServices>();
        public NacosServer Server { get; } = services.GetRequiredService<NacosServer>();
    }
}
