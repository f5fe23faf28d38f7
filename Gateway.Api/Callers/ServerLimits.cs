using Gateway.Api.Requests;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Api.Callers;

/// <summary>What the server itself refuses before anything of ours runs: too long, too many, too slow.</summary>
internal static class ServerLimits
{
    // So much comes in before anybody has asked for it, while the caller is still to be identified.
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

        // A field longer than this ends the connection; one that is too long by less gets the 431 of all headers together.
        limits.Http2.MaxRequestHeaderFieldSize = 2 * options.MaxHeaderBytes;
        limits.Http2.InitialStreamWindowSize = Buffer;
        limits.Http2.InitialConnectionWindowSize = 2 * Buffer;

        // A stream's reader may be slow or silent; its own send time-out decides.
        limits.MinResponseDataRate = null;
    }
}
