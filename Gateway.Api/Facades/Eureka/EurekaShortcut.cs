using Gateway.Api.Callers;

namespace Gateway.Api.Facades.Eureka;

/// <summary>
/// Answers the reads that clients repeat before they are routed, as native lookups, where they are open to everyone: all applications, what changed, one application by a name without anything
/// encoded. Everything else goes on, and means the same there. Stateless but for the endpoints that it found.
/// </summary>
internal sealed class EurekaShortcut(RequestDelegate next, EurekaReads reads, LookupAccessCheck access, FacadeMetrics metrics, ICollection<EndpointDataSource> routes)
{
    private const string Apps = "/apps";
    private const string Delta = "/apps/delta";
    private const string Second = "/v2";

    private readonly Lazy<BasePath> _first = new(() => new BasePath(routes, EurekaRoutes.Base + Apps));
    private readonly Lazy<BasePath> _second = new(() => new BasePath(routes, EurekaRoutes.Base + Second + Apps));

    public Task InvokeAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "";
        if (!path.StartsWith(EurekaRoutes.Base, StringComparison.Ordinal) || !HttpMethods.IsGet(context.Request.Method) || !access.IsOpen)
            return next(context);
        var rest = path.AsSpan(EurekaRoutes.Base.Length);
        var endpoints = _first;
        if (rest.StartsWith(Second + "/", StringComparison.Ordinal))
        {
            rest = rest[Second.Length..];
            endpoints = _second;
        }

        if (rest is Apps or Apps + "/")
        {
            Enter(context, endpoints.Value.List, EurekaRoutes.List);
            return reads.ListAsync(context);
        }

        if (rest is Delta)
        {
            Enter(context, endpoints.Value.Delta, EurekaRoutes.Delta);
            return reads.DeltaAsync(context);
        }

        if (rest.Length <= Apps.Length + 1 || !rest.StartsWith(Apps + "/", StringComparison.Ordinal) || rest[(Apps.Length + 1)..].ContainsAny('/', '%')
            || rest.Equals(Delta, StringComparison.OrdinalIgnoreCase))
            return next(context);
        Enter(context, endpoints.Value.Application, EurekaRoutes.Application);
        return reads.FindApplicationAsync(context, rest[(Apps.Length + 1)..].ToString());
    }

    // The metrics of HTTP are by route.
    private void Enter(HttpContext context, Endpoint endpoint, string operation)
    {
        context.SetEndpoint(endpoint);
        metrics.Called(context, EurekaRoutes.Facade, operation);
    }

    /// <summary>The endpoints of one base path.</summary>
    private sealed class BasePath(ICollection<EndpointDataSource> routes, string path)
    {
        public Endpoint List { get; } = EndpointOf(routes, path, EurekaRoutes.List);

        public Endpoint Delta { get; } = EndpointOf(routes, path, EurekaRoutes.Delta);

        public Endpoint Application { get; } = EndpointOf(routes, path, EurekaRoutes.Application);

        private static Endpoint EndpointOf(ICollection<EndpointDataSource> routes, string path, string operation) =>
            routes.SelectMany(static source => source.Endpoints).OfType<RouteEndpoint>().First(endpoint =>
                endpoint.Metadata.GetMetadata<FacadeName>()?.Name == EurekaRoutes.Facade && endpoint.Metadata.GetMetadata<FacadeOperation>()?.Name == operation
                && endpoint.RoutePattern.RawText?.StartsWith(path, StringComparison.Ordinal) == true);
    }
}
