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
    }

    public static void MapWatches(this IEndpointRouteBuilder routes)
    {
        var endpoint = routes.ServiceProvider.GetRequiredService<WatchEndpoint>();
        routes.MapGet(RouteService.Pattern + "/watch", endpoint.WatchOneAsync);
        routes.MapGet("/watch", endpoint.WatchManyAsync);
    }
}
