using System.Net;
using System.Net.Sockets;

namespace Gateway.Core.Identity;

/// <summary>
/// The part of an address that distinguishes callers: an IPv4 address (an IPv4-mapped one too), and of an IPv6 address its /64, since a
/// host may use any address of that (RFC 4291, section 2.5.4).
/// </summary>
public static class AddressPrefix
{
    private const int PrefixBytes = 8;

    /// <summary>The address itself, or the first one of its /64.</summary>
    public static IPAddress Of(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address;
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[PrefixBytes..].Clear();
        return new IPAddress(bytes);
    }

    /// <summary>As people write it: <c>10.1.0.7</c>, <c>2001:db8::/64</c>.</summary>
    public static string TextOf(IPAddress address)
    {
        var prefix = Of(address);
        return prefix.AddressFamily == AddressFamily.InterNetworkV6 ? $"{prefix}/64" : prefix.ToString();
    }
}
