using Gateway.Api.Callers;
using Gateway.Api.Endpoints;

namespace Gateway.Api.Facades.Spring;

/// <summary>The routes of the Spring Cloud Kubernetes discovery server: /apps, /app, /state.</summary>
internal static class SpringRoutes
{
    private const string Facade = "spring";

    public static void AddSpringFacade(this IServiceCollection services)
    {
        services.AddSingleton<SpringAnswers>();
        services.AddSingleton<SpringEndpoint>();
    }

    public static void MapSpring(this IEndpointRouteBuilder routes)
    {
        var endpoint = routes.ServiceProvider.GetRequiredService<SpringEndpoint>();
        routes.MapFacade(
            Facade,
            ["/apps"],
            apps =>
            {
                apps.MapMethods("", GatewayRoutes.Reads, endpoint.ListAllAsync).WithMetadata(new FacadeOperation("apps"));
                apps.MapMethods("/{name}", GatewayRoutes.Reads, endpoint.ListAsync).WithMetadata(new FacadeOperation("app"), LightWork.Mark);
                apps.MapMethods("/{name}/{id}", GatewayRoutes.Reads, endpoint.FindAsync).WithMetadata(new FacadeOperation("instance"), LightWork.Mark);
            },
            endpoint.RefuseUnknownAsync,
            SpringRefusal.WriteAsync);
        routes.MapFacade(
            Facade,
            ["/app"],
            app => app.MapMethods("/{name}/{id}", GatewayRoutes.Reads, endpoint.FindAsync).WithMetadata(new FacadeOperation("instance"), LightWork.Mark),
            endpoint.RefuseUnknownAsync,
            SpringRefusal.WriteAsync);
        routes.MapFacade(
            Facade,
            ["/state"],
            state => state.MapMethods("", GatewayRoutes.Reads, endpoint.FindStateAsync).WithMetadata(new FacadeOperation("state")),
            endpoint.RefuseUnknownAsync,
            SpringRefusal.WriteAsync);
    }
}
