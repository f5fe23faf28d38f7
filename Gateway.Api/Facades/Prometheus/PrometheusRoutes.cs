using Gateway.Api.Endpoints;
using Gateway.Api.Errors;

namespace Gateway.Api.Facades.Prometheus;

/// <summary>The routes that a Prometheus server discovers targets by: /prometheus/sd, and Nacos' /nacos/prometheus.</summary>
internal static class PrometheusRoutes
{
    private const string Facade = "prometheus";

    public static void AddPrometheusFacade(this IServiceCollection services) => services.AddSingleton<PrometheusEndpoint>();

    public static void MapPrometheus(this IEndpointRouteBuilder routes)
    {
        var endpoint = routes.ServiceProvider.GetRequiredService<PrometheusEndpoint>();
        routes.MapFacade(
            Facade,
            ["/prometheus/sd"],
            group => group.MapMethods("", GatewayRoutes.Reads, endpoint.ListAsync).WithMetadata(new FacadeOperation("targets")),
            endpoint.RefuseUnknownAsync,
            ProblemAnswer.WriteAsync);
        routes.MapFacade(
            Facade,
            ["/nacos/prometheus"],
            group =>
            {
                foreach (var path in (string[])["", "/namespaceId/{namespaceId}", "/namespaceId/{namespaceId}/service/{service}"])
                    group.MapMethods(path, GatewayRoutes.Reads, endpoint.ListAsNacosAsync).WithMetadata(new FacadeOperation("nacos-targets"));
            },
            endpoint.RefuseUnknownAsNacosAsync,
            NacosRefusal.WriteAsync);
    }
}
