using Gateway.Api.Callers;

namespace Gateway.Api.Facades.Consul;

/// <summary>
/// Answers the reads of one service that do not block before they are routed, as native lookups, where they are open to everyone: a query that was read before, a name without anything
/// encoded. Everything else goes on, and means the same there. Stateless but for the endpoints that it found.
/// </summary>
internal sealed class ConsulShortcut(
    RequestDelegate next, ConsulReads reads, HealthEndpoint health, CatalogEndpoint catalog, LookupAccessCheck access, FacadeMetrics metrics,
    ICollection<EndpointDataSource> routes)
{
    private const string Health = "/v1/health/service/";
    private const string Catalog = "/v1/catalog/service/";

    private readonly Lazy<Endpoint> _health = new(() => EndpointOf(routes, ConsulRoutes.HealthService));
    private readonly Lazy<Endpoint> _catalog = new(() => EndpointOf(routes, ConsulRoutes.CatalogService));

    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        var path = request.Path.Value ?? "";
        if (!path.StartsWith("/v1/", StringComparison.Ordinal) || !HttpMethods.IsGet(request.Method) || !access.IsOpen)
            return next(context);
        if (IsPlain(path, Health) && reads.IsKnown(request.QueryString.Value))
        {
            Enter(context, _health.Value, ConsulRoutes.HealthService);
            return health.OfServiceAsync(context, path[Health.Length..]);
        }

        if (IsPlain(path, Catalog) && reads.IsKnown(request.QueryString.Value))
        {
            Enter(context, _catalog.Value, ConsulRoutes.CatalogService);
            return catalog.OfServiceAsync(context, path[Catalog.Length..]);
        }

        return next(context);
    }

    private static bool IsPlain(string path, string prefix) =>
        path.Length > prefix.Length && path.StartsWith(prefix, StringComparison.Ordinal) && path.AsSpan(prefix.Length).IndexOfAny('/', '%') < 0;

    // The metrics of HTTP are by route.
    private void Enter(HttpContext context, Endpoint endpoint, string operation)
    {
        context.SetEndpoint(endpoint);
        metrics.Called(context, ConsulRoutes.Facade, operation);
    }

    private static Endpoint EndpointOf(ICollection<EndpointDataSource> routes, string operation) =>
        routes.SelectMany(static source => source.Endpoints).First(endpoint => endpoint.Metadata.GetMetadata<FacadeOperation>()?.Name == operation);
}
