namespace Gateway.Api.Facades.Eureka;

/// <summary>
/// Answers the reads that clients repeat before they are routed, as native lookups: all applications, what changed, one application by a name without anything
/// encoded. Everything else goes on, and means the same there. Stateless but for the endpoints that it found.
/// </summary>
internal sealed class EurekaShortcut(RequestDelegate next, EurekaReads reads, FacadeMetrics metrics, ICollection<EndpointDataSource> routes)
{
    private const string Apps = "/apps";
    private const string Delta = "/apps/delta";

    private readonly Lazy<Endpoint> _list = new(() => EndpointOf(routes, EurekaRoutes.List));
    private readonly Lazy<Endpoint> _delta = new(() => EndpointOf(routes, EurekaRoutes.Delta));
    private readonly Lazy<Endpoint> _application = new(() => EndpointOf(routes, EurekaRoutes.Application));

    public Task InvokeAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "";
        if (!path.StartsWith(EurekaRoutes.Base, StringComparison.Ordinal) || !HttpMethods.IsGet(context.Request.Method))
            return next(context);
        var rest = path.AsSpan(EurekaRoutes.Base.Length);
        if (rest.StartsWith("/v2/", StringComparison.Ordinal))
            rest = rest["/v2".Length..];
        if (rest is Apps or Apps + "/")
        {
            Enter(context, _list.Value, EurekaRoutes.List);
            return reads.ListAsync(context);
        }

        if (rest is Delta)
        {
            Enter(context, _delta.Value, EurekaRoutes.Delta);
            return reads.DeltaAsync(context);
        }

        if (rest.Length <= Apps.Length + 1 || !rest.StartsWith(Apps + "/", StringComparison.Ordinal) || rest[(Apps.Length + 1)..].ContainsAny('/', '%')
            || rest.Equals(Delta, StringComparison.OrdinalIgnoreCase))
            return next(context);
        Enter(context, _application.Value, EurekaRoutes.Application);
        return reads.FindApplicationAsync(context, rest[(Apps.Length + 1)..].ToString());
    }

    // The metrics of HTTP are by route.
    private void Enter(HttpContext context, Endpoint endpoint, string operation)
    {
        context.SetEndpoint(endpoint);
        metrics.Called(context, EurekaRoutes.Facade, operation);
    }

    private static Endpoint EndpointOf(ICollection<EndpointDataSource> routes, string operation) => routes.SelectMany(static source => source.Endpoints).First(endpoint =>
        endpoint.Metadata.GetMetadata<FacadeName>()?.Name == EurekaRoutes.Facade && endpoint.Metadata.GetMetadata<FacadeOperation>()?.Name == operation);
}
