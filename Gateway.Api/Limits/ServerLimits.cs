using Gateway.Api.Contracts;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Api.Limits;

/// <summary>What the server itself refuses before anything of ours runs: too long, too many, too slow.</summary>
internal static class ServerLimits
{
    public static void UseGatewayLimits(this KestrelServerOptions kestrel, LimitOptions options)
    {
        var limits = kestrel.Limits;
        limits.MaxConcurrentConnections = options.MaxConnections + (options.MaxConnections / 10) + 16;
        limits.MaxRequestBodySize = BodyReader.ServerLimit;
        limits.MaxRequestBufferSize = HeaderLimit.ServerLimit;
        limits.MaxRequestHeadersTotalSize = HeaderLimit.ServerLimit;
        limits.MaxRequestHeaderCount = options.MaxHeaders;
        limits.MaxRequestLineSize = options.MaxRequestLine;
        limits.RequestHeadersTimeout = options.HeadersTimeout;
        limits.KeepAliveTimeout = options.IdleTimeout;
        limits.MinRequestBodyDataRate = new MinDataRate(options.MinBodyBytesPerSecond, options.BodyGrace);

        // A stream's reader may be slow or silent; its own send time-out decides.
        limits.MinResponseDataRate = null;
    }
}
