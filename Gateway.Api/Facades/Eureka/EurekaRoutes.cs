using Gateway.Api.Callers;
using Gateway.Api.Endpoints;

namespace Gateway.Api.Facades.Eureka;

/// <summary>The routes of Eureka's REST API: the bases of Netflix' server, Spring's, and the version before.</summary>
internal static class EurekaRoutes
{
    public const string App = "app";
    public const string Instance = "instance";
    public const string Vip = "vip";

    public const string Facade = "eureka";
    public const string Base = "/eureka";
    public const string List = "list";
    public const string Delta = "delta";
    public const string Application = "application";

    private static readonly string[] Bases = [Base, Base + "/v1", Base + "/v2"];

    public static void AddEureka(this IServiceCollection services)
    {
        services.AddSingleton<EurekaNamespaces>();
        services.AddSingleton<EurekaDirtyTimes>();
        services.AddSingleton<EurekaReads>();
        services.AddSingleton<EurekaWrites>();
        services.AddSingleton<EurekaReplication>();
    }

    public static void MapEureka(this IEndpointRouteBuilder routes)
    {
        var reads = routes.ServiceProvider.GetRequiredService<EurekaReads>();
        var writes = routes.ServiceProvider.GetRequiredService<EurekaWrites>();
        var replication = routes.ServiceProvider.GetRequiredService<EurekaReplication>();
        routes.MapFacade(Facade, Bases, group =>
        {
            Read(group, "/apps", List, reads.ListAsync);
            Read(group, "/apps/delta", Delta, reads.DeltaAsync);
            Read(group, "/apps/{app}", Application, reads.FindApplicationAsync);
            Read(group, "/apps/{app}/{instance}", "instance", reads.FindInstanceAsync);
            Read(group, "/instances/{instance}", "instance", reads.FindInstanceAnywhereAsync);
            Read(group, "/vips/{vip}", "vip", reads.FindVipAsync);
            Read(group, "/svips/{vip}", "svip", reads.FindSecureVipAsync);
            Read(group, "/status", "status", reads.StatusAsync);
            Read(group, "/serverinfo/statusoverrides", "overrides", reads.OverridesAsync);
            group.MapPost("/apps/{app}", writes.RegisterAsync).WithMetadata(new FacadeOperation("register"));
            group.MapPut("/apps/{app}/{instance}", writes.RenewAsync).WithMetadata(new FacadeOperation("renew"), Heartbeat.Mark);
            group.MapDelete("/apps/{app}/{instance}", writes.CancelAsync).WithMetadata(new FacadeOperation("cancel"));
            group.MapPut("/apps/{app}/{instance}/status", writes.OverrideAsync).WithMetadata(new FacadeOperation("override"));
            group.MapDelete("/apps/{app}/{instance}/status", writes.ClearOverrideAsync).WithMetadata(new FacadeOperation("clear-override"));
            group.MapPut("/apps/{app}/{instance}/metadata", writes.ChangeMetadataAsync).WithMetadata(new FacadeOperation("metadata"));
            group.MapPost("/peerreplication/batch", replication.BatchAsync).WithMetadata(new FacadeOperation("replication"), Heartbeat.Mark);
        }, UnknownAsync, EurekaAnswer.RefuseAsync);
    }

    private static void Read(RouteGroupBuilder group, string path, string operation, RequestDelegate read) =>
        group.MapMethods(path, GatewayRoutes.Reads, read).WithMetadata(new FacadeOperation(operation), LightWork.Mark);

    private static Task UnknownAsync(HttpContext context) =>
        EurekaAnswer.SayAsync(context, StatusCodes.Status404NotFound, "Not found: Eureka's REST API has no such path here.");
}
