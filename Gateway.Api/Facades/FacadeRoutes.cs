namespace Gateway.Api.Facades;

/// <summary>Metadata of a facade's endpoint: the name of its operation in the metrics.</summary>
internal sealed record FacadeOperation(string Name);

internal static class FacadeRoutes
{
    /// <summary>Maps the same routes below every base, and below /ns/{facade-namespace} before it.</summary>
    public static void MapFacade(this IEndpointRouteBuilder routes, string facade, string[] bases, Action<RouteGroupBuilder> map, RequestDelegate unknown) =>
        throw new NotImplementedException();

    /// <summary>A route value as the client meant it: %2F is decoded too, which routing leaves.</summary>
    public static string Text(HttpContext context, string name) => throw new NotImplementedException();
}
