using System.Net;
using Gateway.Api.Errors;
using Gateway.Api.Streaming;
using Gateway.Core.Identity;
using Gateway.Core.Results;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Gateway.Api.Callers;

/// <summary>
/// Counts connections, in all and by source address. One too many is not cut: it is let in, marked, told 503 by <see cref="ConnectionGuard"/>
/// and closed. Written by every connection as it begins and ends.
/// </summary>
internal sealed class ConnectionLimit(LimitOptions options, ClientAddressReader addresses)
{
    private static readonly object Surplus = new();

    private readonly CallerCounts _byCaller = new(options.ConnectionsPerCaller);
    private int _open;

    public static bool IsSurplus(IDictionary<object, object?>? connection) => connection?.ContainsKey(Surplus) == true;

    public async Task CountAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var remote = (connection.RemoteEndPoint as IPEndPoint)?.Address;
        var caller = CallerAddress.KeyOf(addresses.Read(new CallerEvidence { RemoteAddress = remote }).Address);
        var isCounted = caller is null || _byCaller.TryEnter(caller);
        if (Interlocked.Increment(ref _open) > options.MaxConnections || !isCounted)
            connection.Items[Surplus] = true;
        try
        {
            await next(connection);
        }
        finally
        {
            Interlocked.Decrement(ref _open);
            if (isCounted && caller is not null)
                _byCaller.Leave(caller);
        }
    }
}

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
