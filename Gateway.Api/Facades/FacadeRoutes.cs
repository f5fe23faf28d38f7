using Gateway.Api.Callers;
using Gateway.Api.Endpoints;
using Gateway.Api.Errors;
using Gateway.Core.Results;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Api.Facades;

/// <summary>Metadata of a facade's endpoint: the name of its operation in the metrics.</summary>
internal sealed record FacadeOperation(string Name);

/// <summary>Metadata of a facade's endpoint: the facade's name.</summary>
internal sealed record FacadeName(string Name);

/// <summary>
/// Maps the routes of facades: below every base path, and once more below <c>/ns/{namespace}</c> before it, for clients of which only the URL can be set.
/// Trailing slashes match, as everywhere. All of them pass the limits of writes and of work, are counted, and stay out of the OpenAPI document, since
/// other registries describe them.
/// </summary>
internal static class FacadeRoutes
{
    internal const string NamespaceParameter = "facadeNamespace";

    private const string UnknownOperation = "unknown";
    private const string EncodedSlash = "%2F";
    private const string Prefix = $"/ns/{{{NamespaceParameter}}}";

    /// <param name="routes">The application.</param>
    /// <param name="facade">Its name in the metrics.</param>
    /// <param name="bases">Its base paths.</param>
    /// <param name="map">Maps the routes of one base.</param>
    /// <param name="unknown">Answers all other paths and methods below a base, in the protocol's form.</param>
    /// <param name="refuse">Writes a refusal in the protocol's form, for what is refused before an endpoint is reached, and for bugs.</param>
    public static void MapFacade(
        this IEndpointRouteBuilder routes, string facade, string[] bases, Action<RouteGroupBuilder> map, RequestDelegate unknown, Func<HttpContext, Refusal, Task> refuse)
    {
        var forms = routes.ServiceProvider.GetRequiredService<RefusalForms>();
        var metrics = routes.ServiceProvider.GetRequiredService<FacadeMetrics>();
        var writes = routes.ServiceProvider.GetRequiredService<WriteFilter>();
        var work = routes.ServiceProvider.GetRequiredService<WorkLimit>();
        foreach (var prefix in new[] { "", Prefix })
        {
            foreach (var at in bases)
            {
                forms.Add(prefix + at, refuse);
                var group = routes.MapGroup(prefix + at);
                group.ExcludeFromDescription().WithMetadata(OwnTokenPlace.Mark, new FacadeName(facade));
                map(group);
                group.Map("{**rest}", context =>
                {
                    metrics.Unknown(context, facade);
                    return unknown(context);
                }).WithMetadata(new FacadeOperation(UnknownOperation)).WithOrder(int.MaxValue);
                ((IEndpointConventionBuilder)group).Finally(endpoint =>
                {
                    writes.Guard(endpoint);
                    work.Guard(endpoint);
                    Count(endpoint, facade, metrics);
                });
            }
        }
    }

    /// <summary>A route value as the client meant it: %2F is decoded too, which routing leaves.</summary>
    public static string Text(HttpContext context, string name)
    {
        var value = context.Request.RouteValues.GetValueOrDefault(name) as string ?? "";
        return value.Contains(EncodedSlash, StringComparison.OrdinalIgnoreCase) ? Unescaped(context, value) : value;
    }

    // %252F is %2F in the value too, so the value is looked for in what was sent: one part of the path, or all that follow to its end.
    private static string Unescaped(HttpContext context, string value)
    {
        var sent = context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        var segments = sent.Split('?')[0].Split('/');
        var parts = value.Count(static one => one == '/') + 1;
        value = value.Replace(EncodedSlash, EncodedSlash, StringComparison.OrdinalIgnoreCase);
        var last = segments.Length - parts;
        for (var i = last; i >= (parts == 1 ? 0 : last) && i >= 0; i--)
        {
            var text = string.Join('/', segments[i..(i + parts)]);
            if (AsRouted(text) == value)
                return Uri.UnescapeDataString(text);
        }

        return value.Replace(EncodedSlash, "/", StringComparison.Ordinal);
    }

    private static string AsRouted(string sent) =>
        string.Join(EncodedSlash, sent.Replace(EncodedSlash, EncodedSlash, StringComparison.OrdinalIgnoreCase).Split(EncodedSlash).Select(Uri.UnescapeDataString))
            .Replace(EncodedSlash, EncodedSlash, StringComparison.OrdinalIgnoreCase);

    private static void Count(EndpointBuilder endpoint, string facade, FacadeMetrics metrics)
    {
        if (endpoint.RequestDelegate is not { } next)
            return;
        var operation = endpoint.Metadata.OfType<FacadeOperation>().LastOrDefault()?.Name
            ?? throw new InvalidOperationException($"The endpoint {endpoint.DisplayName} of the facade {facade} has no FacadeOperation.");
        endpoint.RequestDelegate = context =>
        {
            metrics.Called(context, facade, operation);
            return next(context);
        };
    }
}
