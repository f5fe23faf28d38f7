using System.Net;
using Gateway.Api.Errors;
using Gateway.Core.Results;

namespace Gateway.Api.Callers;

/// <summary>
/// For a gateway on a developer's machine, which trusts who can reach it: refuses what a page of another site makes a browser send. A name that was
/// rebound to this machine is not served, and unsafe requests (RFC 9110 9.2.1) must come from the gateway's own pages or from no page.
/// </summary>
/// <param name="next">The next step.</param>
/// <param name="forms">How it is refused.</param>
/// <param name="allowedHosts">Further names, as <c>AllowedHosts</c>: <c>*</c> is any, <c>*.example.com</c> any below it.</param>
internal sealed class LocalAccess(RequestDelegate next, RefusalForms forms, IReadOnlyCollection<string> allowedHosts)
{
    private static readonly Refusal ForeignHost = new(RefusalCodes.Forbidden,
        "This gateway is served under localhost, IP addresses and the names in AllowedHosts; the request's Host is none of them.");

    private static readonly Refusal ForeignPage = new(RefusalCodes.Forbidden, "Pages of other sites may not change anything here (Origin, Sec-Fetch-Site).");

    // The Host that was served last: most requests have the same. Written by any of them.
    private string? _served;

    public Task InvokeAsync(HttpContext context)
    {
        var host = context.Request.Host;
        if (host.Value is not { } named || named != Volatile.Read(ref _served))
        {
            if (!IsServed(host))
                return forms.AnswerAsync(context, ForeignHost);
            Volatile.Write(ref _served, host.Value);
        }

        return IsSafe(context.Request.Method) || !ComesFromAForeignPage(context.Request)
            ? next(context)
            : forms.AnswerAsync(context, ForeignPage);
    }

    private bool IsServed(HostString host)
    {
        var name = host.Host;
        return name.Length == 0 || name.Equals("localhost", StringComparison.OrdinalIgnoreCase) || IPAddress.TryParse(name, out _)
            || allowedHosts.Any(allowed => allowed == "*" || name.Equals(allowed, StringComparison.OrdinalIgnoreCase)
                || (allowed.StartsWith("*.", StringComparison.Ordinal) && name.Length > allowed.Length - 1 && name.EndsWith(allowed[1..], StringComparison.OrdinalIgnoreCase)));
    }

    private static bool IsSafe(string method) =>
        HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method) || HttpMethods.IsTrace(method);

    private static bool ComesFromAForeignPage(HttpRequest request) =>
        request.Headers["Sec-Fetch-Site"].Contains("cross-site", StringComparer.OrdinalIgnoreCase)
        || request.Headers.Origin.Any(origin => !IsOwn(origin, request.Host));

    /// <summary>Same host and port. The scheme may differ: a proxy on the way may end TLS.</summary>
    private static bool IsOwn(string? origin, HostString host) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var page) && page.Scheme is "http" or "https"
        && Uri.TryCreate($"{page.Scheme}://{host.Value}", UriKind.Absolute, out var here)
        && page.Authority.Equals(here.Authority, StringComparison.OrdinalIgnoreCase);
}
