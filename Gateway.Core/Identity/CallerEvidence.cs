using System.Collections.Immutable;
using System.Net;

namespace Gateway.Core.Identity;

/// <summary>What a connection and its headers say about the caller, as received and not yet verified. Header values are raw, one entry per header line.</summary>
public readonly record struct CallerEvidence
{
    public CallerEvidence()
    {
    }

    /// <summary>The address at the other end of the connection; IPv4-mapped addresses may come as they are.</summary>
    public IPAddress? RemoteAddress { get; init; }

    public ImmutableArray<string> Authorization { get; init; } = [];
    public ImmutableArray<string> ForwardedFor { get; init; } = [];

    /// <summary>A Forwarded header (RFC 7239) was sent.</summary>
    public bool HasForwarded { get; init; }

    /// <summary>A Via header was sent.</summary>
    public bool HasVia { get; init; }

    /// <summary>An X-Real-IP or X-Envoy-* header was sent, which only proxies do.</summary>
    public bool HasProxyHeader { get; init; }
}
