using Gateway.Api.Errors;
using Gateway.Api.Streaming;
using Gateway.Core.Refusals;
using Microsoft.AspNetCore.Connections.Features;

namespace Gateway.Api.Limits;

/// <summary>Turns calls away that come over a connection too many. Probes and scrapes are answered all the same: a flood must not look like a death.</summary>
internal sealed class ConnectionGuard(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (!ConnectionLimit.IsSurplus(context.Features.Get<IConnectionItemsFeature>()?.Items) || !context.Request.Path.StartsWithSegments("/v1"))
            return next(context);
        context.Response.Headers.Connection = "close";
        return EventStream.IsAskedFor(context.Request)
            ? EventStream.TurnAwayAsync(context)
            : ProblemAnswer.WriteAsync(context, new Refusal(RefusalCodes.Overloaded, "This replica, or this caller, has as many connections open as allowed.")
            {
                RetryAfter = TimeSpan.FromSeconds(5),
            });
    }
}
