using Gateway.Api.Authentication;
using Gateway.Api.Streaming;

namespace Gateway.Api.Endpoints;

/// <summary>
/// The routes of the contract, section 2. Handlers take the bare request: strict reading is theirs, and nothing binds or reflects on the way.
/// </summary>
internal static class GatewayRoutes
{
    private static readonly string[] Reads = ["GET", "HEAD"];

    public static void AddGatewayEndpoints(this IServiceCollection services)
    {
        services.AddSingleton<LookupAccessCheck>();
        services.AddSingleton<EventStream>();
        services.AddSingleton<DrainWait>();
        services.AddSingleton<LookupEndpoint>();
        services.AddSingleton<CatalogEndpoint>();
        services.AddSingleton<WatchEndpoint>();
        services.AddSingleton<RegistrationEndpoint>();
        services.AddSingleton<DubboViewsEndpoint>();
        services.AddSingleton<DubboCenterEndpoint>();
        services.AddSingleton<ServiceDnsEndpoint>();
    }

    public static void MapRegistrations(this IEndpointRouteBuilder routes)
    {
        var endpoint = routes.ServiceProvider.GetRequiredService<RegistrationEndpoint>();
        routes.MapPost("/registrations", endpoint.RegisterAsync);
        routes.MapMethods("/registrations", Reads, endpoint.ListOwnAsync);
        routes.MapDelete("/registrations", endpoint.DeregisterAllAsync);
        routes.MapMethods("/registrations/{id}", Reads, endpoint.FindAsync);
        routes.MapPatch("/registrations/{id}", endpoint.PatchAsync);
        routes.MapDelete("/registrations/{id}", endpoint.DeregisterAsync);
        routes.MapMethods("/registrations/{id}/heartbeat", ["PUT", "POST"], endpoint.HeartbeatAsync);
        routes.MapPost("/registrations/{id}/out-of-service", endpoint.TakeOutAsync);
        routes.MapPost("/registrations/{id}/up", endpoint.PutBackAsync);
        routes.MapPost("/registrations/{id}/deregister", endpoint.DeregisterAsync);
    }

    public static void MapServices(this IEndpointRouteBuilder routes)
    {
        var lookup = routes.ServiceProvider.GetRequiredService<LookupEndpoint>();
        routes.MapMethods("/services", Reads, routes.ServiceProvider.GetRequiredService<CatalogEndpoint>().ListAsync);
        routes.MapMethods(RouteService.Pattern + "/instances", Reads, lookup.LookUpAsync);
        routes.MapMethods(RouteService.Pattern + "/instances/{id}", Reads, lookup.FindOneAsync);
        routes.MapMethods(RouteService.Pattern + "/pick", Reads, lookup.PickAsync);
        routes.MapMethods(RouteService.Pattern + "/dns", Reads, routes.ServiceProvider.GetRequiredService<ServiceDnsEndpoint>().FindAsync);
    }

    public static void MapWatches(this IEndpointRouteBuilder routes)
    {
        var endpoint = routes.ServiceProvider.GetRequiredService<WatchEndpoint>();
        routes.MapGet(RouteService.Pattern + "/watch", endpoint.WatchOneAsync);
        routes.MapGet("/watch", endpoint.WatchManyAsync);
    }

    public static void MapDubbo(this IEndpointRouteBuilder routes)
    {
        var dubbo = routes.MapGroup("/namespaces/{ns}/dubbo");
        var views = routes.ServiceProvider.GetRequiredService<DubboViewsEndpoint>();
        dubbo.MapMethods("/interfaces", Reads, views.ListAsync);
        dubbo.MapMethods("/interfaces/{interface}/providers", Reads, views.FindProvidersAsync);
        dubbo.MapGet("/interfaces/{interface}/providers/watch", views.WatchProvidersAsync);
        dubbo.MapMethods("/interfaces/{interface}/consumers", Reads, views.FindConsumersAsync);
        dubbo.MapMethods("/applications/{app}/instances", Reads, views.FindInstancesAsync);
        dubbo.MapGet("/applications/{app}/instances/watch", views.WatchInstancesAsync);
        var center = routes.ServiceProvider.GetRequiredService<DubboCenterEndpoint>();
        dubbo.MapPut("/metadata/{app}/{revision}", center.PutMetadataAsync);
        dubbo.MapMethods("/metadata/{app}/{revision}", Reads, center.FindMetadataAsync);
        dubbo.MapPut("/mapping/{interface}", center.PutMappingAsync);
        dubbo.MapMethods("/mapping/{interface}", Reads, center.FindMappingAsync);
    }
}
