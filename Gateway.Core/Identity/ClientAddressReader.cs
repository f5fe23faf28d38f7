using System.Collections.Immutable;
using System.Net;
using Gateway.Core.Results;

namespace Gateway.Core.Identity;

/// <summary>
/// Finds the address a request comes from: the connection's, or, behind configured proxies, the rightmost address of X-Forwarded-For that is
/// not one of theirs. Forwarding headers from any other address are not trusted, and such a request is not identified by its address.
/// </summary>
public sealed class ClientAddressReader(IdentityOptions options)
{
    private readonly ImmutableArray<IPNetwork> _trusted =
        [.. options.TrustedProxies.Where(text => IdentityOptions.TryParseRange(text, out _)).Select(static text =>
        {
            IdentityOptions.TryParseRange(text, out var range);
            return range;
        })];

    public ClientAddress Read(in CallerEvidence evidence)
    {
        if (evidence.RemoteAddress is null)
            return default;

        var remote = Normalise(evidence.RemoteAddress);
        var trusted = IsTrusted(remote);
        if (evidence.ForwardedFor.IsDefaultOrEmpty && !evidence.HasForwarded && !evidence.HasVia && !evidence.HasProxyHeader)
            return trusted || IPAddress.IsLoopback(remote) ? default : new(remote, null);
        if (!trusted)
            return Untrusted($"The request came through a proxy, and {remote} is not a trusted proxy; call directly, or with a token.");
        if (evidence.ForwardedFor.IsDefaultOrEmpty)
            return Untrusted($"The proxy {remote} sent no client address in X-Forwarded-For.");
        return FromChain(evidence.ForwardedFor, remote);
    }

    /// <summary>The address is one of the configured proxies, whose X-Forwarded-For counts.</summary>
    public bool IsProxy(IPAddress? address) => address is not null && _trusted.Length > 0 && IsTrusted(Normalise(address));

    private ClientAddress FromChain(ImmutableArray<string> headers, IPAddress remote)
    {
        for (var line = headers.Length - 1; line >= 0; line--)
        {
            var entries = headers[line].Split(',');
            for (var i = entries.Length - 1; i >= 0; i--)
            {
                if (!TryParse(entries[i], out var address))
                    return Untrusted($"X-Forwarded-For from the proxy {remote} contains a value that is not an address.");
                if (!IsTrusted(address))
                    return IPAddress.IsLoopback(address) ? default : new(address, null);
            }
        }

        return default;
    }

    private bool IsTrusted(IPAddress address)
    {
        foreach (var range in _trusted)
        {
            if (range.BaseAddress.AddressFamily == address.AddressFamily && range.Contains(address))
                return true;
        }

        return false;
    }

    // Some proxies add the port: 10.0.0.7:4711, [fd00::7]:4711.
    private static bool TryParse(string entry, out IPAddress address)
    {
        address = IPAddress.None;
        var text = entry.AsSpan().Trim();
        if (text.Length == 0 || !(char.IsAsciiHexDigit(text[0]) || text[0] is '[' or ':'))
            return false;
        if (text[0] != '[' && text.Count(':') == 1)
            text = text[..text.IndexOf(':')];

        // IPAddress.TryParse reads "7" as 0.0.0.7; a complete address has three dots, or colons.
        if (!text.Contains(':') && text.Count('.') != 3)
            return false;
        if (!IPEndPoint.TryParse(text, out var endpoint))
            return false;
        address = Normalise(endpoint.Address);
        return true;
    }

    private static IPAddress Normalise(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        return address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 && address.ScopeId != 0
            ? new IPAddress(address.GetAddressBytes())
            : address;
    }

    private static ClientAddress Untrusted(string detail) => new(null, new Refusal(RefusalCodes.UntrustedProxy, detail));
}

/// <summary>The source address of a request; null without a refusal: it cannot be a pod's (this host, or a proxy's own request).</summary>
public readonly record struct ClientAddress(IPAddress? Address, Refusal? Refusal);
