using System.Net;
using System.Threading.RateLimiting;
using Gateway.Api.Errors;
using Gateway.Api.Streaming;
using Gateway.Core.Identity;
using Gateway.Core.Results;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Gateway.Api.Callers;

/// <summary>
/// Counts connections, in total and per source address. One over the limit is accepted, marked, answered 503 by <see cref="ConnectionGuard"/>
/// and closed. Written by every connection when it opens and closes.
/// </summary>
internal sealed class ConnectionLimit(LimitOptions options, ClientAddressReader addresses) : IDisposable
{
    private static readonly object Surplus = new();

    private readonly PartitionedRateLimiter<string> _byCaller = CallerCounts.Of(options.ConnectionsPerCaller);
    private int _open;

    public static bool IsSurplus(IDictionary<object, object?>? connection) => connection?.ContainsKey(Surplus) == true;

    public async Task CountAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var remote = (connection.RemoteEndPoint as IPEndPoint)?.Address;
        var caller = CallerAddress.KeyOf(addresses.Read(new CallerEvidence { RemoteAddress = remote }).Address);
        using var place = caller is null ? null : _byCaller.AttemptAcquire(caller);
        if (Interlocked.Increment(ref _open) > options.MaxConnections || place is { IsAcquired: false })
            connection.Items[Surplus] = true;
        try
        {
            await next(connection);
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    public void Dispose() => _byCaller.Dispose();
}

/// <summary>Rejects requests of the API and of other registries' clients on connections over the limit. Probes and metrics are still served, so overload does not fail liveness.</summary>
internal sealed class ConnectionGuard(RequestDelegate next, RefusalForms forms)
{
    private static readonly PathString[] Limited = ["/v1", "/ns", "/eureka", "/nacos", "/apps", "/app", "/state", "/prometheus"];

    public Task InvokeAsync(HttpContext context)
    {
        if (!ConnectionLimit.IsSurplus(context.Features.Get<IConnectionItemsFeature>()?.Items) || !IsLimited(context.Request.Path))
            return next(context);
        context.Response.Headers.Connection = "close";
        return EventStream.IsAskedFor(context.Request)
            ? EventStream.TurnAwayAsync(context)
            : forms.AnswerAsync(context, new Refusal(RefusalCodes.Overloaded, "This replica or this caller has reached its connection limit.")
            {
                RetryAfter = TimeSpan.FromSeconds(5),
            });
    }

    // No lambda: it would capture the context, and so allocate for every request.
    private static bool IsLimited(PathString path)
    {
        foreach (var limited in Limited)
        {
            if (path.StartsWithSegments(limited))
                return true;
        }

        return false;
    }
}
