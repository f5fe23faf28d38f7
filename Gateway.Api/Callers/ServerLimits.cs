using Gateway.Api.Requests;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Api.Callers;

/// <summary>Limits that the server enforces before any code of the gateway runs: sizes, counts and rates.</summary>
internal static class ServerLimits
{
    // This much of a body is received before the caller is identified.
    private const int Buffer = 64 * 1024;

    public static void UseGatewayLimits(this KestrelServerOptions kestrel, LimitOptions options)
    {
        var limits = kestrel.Limits;
        limits.MaxConcurrentConnections = options.MaxConnections + (options.MaxConnections / 10) + 16;
        limits.MaxRequestBodySize = BodyReader.ServerLimit;
        limits.MaxRequestBufferSize = Math.Max(Buffer, Math.Max(options.MaxHeaderBytes, options.MaxRequestLine));
        limits.MaxRequestHeadersTotalSize = options.MaxHeaderBytes;
        limits.MaxRequestHeaderCount = options.MaxHeaders;
        limits.MaxRequestLineSize = options.MaxRequestLine;
        limits.RequestHeadersTimeout = options.HeadersTimeout;
        limits.KeepAliveTimeout = options.IdleTimeout;
        limits.MinRequestBodyDataRate = new MinDataRate(options.MinBodyBytesPerSecond, options.BodyGrace);

        // A header field longer than this closes the connection; a smaller excess is answered 431 by the limit on all headers.
        limits.Http2.MaxRequestHeaderFieldSize = 2 * options.MaxHeaderBytes;
        limits.Http2.InitialStreamWindowSize = Buffer;
        limits.Http2.InitialConnectionWindowSize = 2 * Buffer;

        // A stream's reader may be slow; the stream's own send time-out applies.
        limits.MinResponseDataRate = null;
    }
}
