using System.Collections.Immutable;
using Gateway.Core.Identity;
using Microsoft.Extensions.Primitives;

namespace Gateway.Api.Callers;

/// <summary>Collects from a request what may identify the caller; verifies none of it.</summary>
public static class CallerEvidenceReader
{
    public static CallerEvidence Read(HttpContext context)
    {
        var headers = context.Request.Headers;
        return new CallerEvidence
        {
            RemoteAddress = context.Connection.RemoteIpAddress,
            Authorization = Lines(headers.Authorization),
            ForwardedFor = Lines(headers["X-Forwarded-For"]),
            HasForwarded = headers.ContainsKey("Forwarded"),
            HasVia = headers.ContainsKey("Via"),
            HasProxyHeader = headers.ContainsKey("X-Real-IP") || headers.Any(static header => header.Key.StartsWith("X-Envoy-", StringComparison.OrdinalIgnoreCase)),
        };
    }

    private static ImmutableArray<string> Lines(StringValues values) => values.Count switch
    {
        0 => [],
        1 => [values[0] ?? ""],
        _ => [.. values.Select(static value => value ?? "")],
    };
}
