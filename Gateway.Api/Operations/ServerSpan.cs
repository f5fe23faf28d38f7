using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Routing;

namespace Gateway.Api.Operations;

/// <summary>
/// Names ASP.NET Core's span of a request by its route, following OpenTelemetry's conventions for HTTP servers; of the URL only the path is
/// recorded. Scrapes and probes are not traced.
/// </summary>
internal sealed class ServerSpan(RequestDelegate next)
{
    private static readonly string[] Operations = ["/livez", "/readyz", "/metrics"];

    public async Task InvokeAsync(HttpContext context)
    {
        if (Activity.Current is not { IsAllDataRequested: true } span)
        {
            await next(context);
            return;
        }

        var path = context.Request.Path.Value ?? "/";
        if (Operations.Contains(path))
        {
            span.IsAllDataRequested = false;
            span.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
            await next(context);
            return;
        }

        var method = context.Request.Method;
        span.SetTag("http.request.method", method).SetTag("url.scheme", context.Request.Scheme).SetTag("url.path", path);
        await next(context);
        var code = context.Response.StatusCode;
        span.SetTag("http.response.status_code", code);
        if ((context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText is { } route)
        {
            span.DisplayName = $"{method} {route}";
            span.SetTag("http.route", route);
        }
        else
        {
            span.DisplayName = method;
        }

        if (code >= StatusCodes.Status500InternalServerError)
            span.SetStatus(ActivityStatusCode.Error).SetTag("error.type", code.ToString(CultureInfo.InvariantCulture));
    }
}
