using Gateway.Api.Errors;
using Gateway.Core.Refusals;

namespace Gateway.Api.Limits;

/// <summary>
/// Refuses requests whose headers are longer than <c>Limits:MaxHeaderBytes</c> in words and closes their connection, which would keep the
/// headers for the next request's sake.
/// </summary>
internal sealed class HeaderLimit(RequestDelegate next, LimitOptions options)
{
    /// <summary>
    /// Past this the server itself answers a bare 431. As much of a body is buffered for every connection anyway, and it lets a token of 1 MB
    /// be refused as a token.
    /// </summary>
    public const int ServerLimit = 1_152 * 1024;

    public Task InvokeAsync(HttpContext context)
    {
        var (all, token) = Measure(context.Request.Headers);
        if (all <= options.MaxHeaderBytes)
            return next(context);
        context.Response.Headers.Connection = "close";
        return ProblemAnswer.WriteAsync(context, token > options.MaxHeaderBytes / 2
            ? new Refusal(RefusalCodes.Unauthenticated, "The bearer token is far too long to be one of the cluster's.")
            : new Refusal(ApiCodes.BadRequest, $"The headers take {all} bytes; at most {options.MaxHeaderBytes} are read."));
    }

    private static (int All, int Token) Measure(IHeaderDictionary headers)
    {
        var all = 0;
        foreach (var (name, values) in headers)
        {
            foreach (var value in values)
                all += name.Length + (value?.Length ?? 0) + 4;
        }

        return (all, headers.Authorization.Sum(static value => value?.Length ?? 0));
    }
}
