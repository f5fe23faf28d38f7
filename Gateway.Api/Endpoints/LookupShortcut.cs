using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Gateway.Api.Callers;
using Gateway.Api.Requests;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;

namespace Gateway.Api.Endpoints;

/// <summary>
/// Answers the lookups, picks and lists that need nothing but memory before they are routed: GET, open to everyone, of a service that there is, with a query
/// that was read before. Routing would allocate the parts of the path, and reading the query its parts. Everything else goes on, and means the same there.
/// </summary>
internal sealed class LookupShortcut(
    RequestDelegate next, LookupEndpoint lookups, CatalogEndpoint catalog, RegistryState state, LookupAccessCheck access, ConsumerRecorder consumers,
    ICollection<EndpointDataSource> routes)
{
    /// <summary>Of keys; at most those of the services that were asked for, then all are dropped.</summary>
    private const int Most = 65_536;

    private readonly ConcurrentDictionary<ServiceKey, ServiceKey> _keys = new(new ServicePathComparer());
    private readonly Lazy<Endpoint> _instances = new(() => EndpointOf(routes, LookupRoute.Instances));
    private readonly Lazy<Endpoint> _list = new(() => EndpointOf(routes, LookupRoute.List));
    private readonly Lazy<Endpoint> _pick = new(() => EndpointOf(routes, LookupRoute.Pick));

    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (!HttpMethods.IsGet(request.Method))
            return next(context);
        if (!ServicePath.TryRead(request.Path.Value, out var path))
            return request.Path.Value == "/v1/services" ? ListAsync(context) : next(context);
        var query = request.QueryString.Value ?? "";
        var snapshot = state.Current;
        if (path.Rest is "/instances" && lookups.TryKnown(query, out LookupFilter? filter) && TryFind(snapshot, path, out var service))
        {
            // The metrics of HTTP are by route.
            context.SetEndpoint(_instances.Value);
            consumers.LookedUp(context, service.Key);
            return LookupEndpoint.AnswerAsync(context, snapshot, service, filter);
        }
        if (path.Rest is "/pick" && lookups.TryKnown(query, out PickQuery? pick) && TryFind(snapshot, path, out service))
        {
            context.SetEndpoint(_pick.Value);
            consumers.LookedUp(context, service.Key);
            return lookups.AnswerAsync(context, snapshot, service, pick);
        }
        return next(context);
    }

    private Task ListAsync(HttpContext context)
    {
        var snapshot = state.Current;
        if (!catalog.TryKnown(snapshot, context.Request.QueryString.Value ?? "", out var page))
            return next(context);
        context.SetEndpoint(_list.Value);
        return CatalogEndpoint.AnswerAsync(context, snapshot, page);
    }

    private bool TryFind(RegistrySnapshot snapshot, ServicePath path, [NotNullWhen(true)] out ServiceSnapshot? service)
    {
        service = null;
        if (!snapshot.HasSynced || !access.IsOpen)
            return false;
        var known = _keys.GetAlternateLookup<ServicePath>().TryGetValue(path, out var key);
        if (!known)
            key = path.ToKey();
        if (!snapshot.Services.TryGetValue(key, out service))
        {
            _keys.TryRemove(key, out _);
            return false;
        }
        if (!known)
            Keep(service.Key);
        return access.IsOpenIn(key.Namespace);
    }

    private void Keep(ServiceKey key)
    {
        if (_keys.Count >= Most)
            _keys.Clear();
        _keys[key] = key;
    }

    private static Endpoint EndpointOf(ICollection<EndpointDataSource> routes, LookupRoute route) =>
        routes.SelectMany(static source => source.Endpoints).Single(endpoint => endpoint.Metadata.GetMetadata<LookupRoute>() == route);
}

/// <summary>Metadata of the endpoints whose calls <see cref="LookupShortcut"/> may answer.</summary>
internal sealed record LookupRoute(string Name)
{
    public static readonly LookupRoute Instances = new("instances");
    public static readonly LookupRoute List = new("list");
    public static readonly LookupRoute Pick = new("pick");
}
