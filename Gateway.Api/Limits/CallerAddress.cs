using System.Net;
using System.Net.Sockets;

namespace Gateway.Api.Limits;

/// <summary>A caller that only its address tells apart.</summary>
internal static class CallerAddress
{
    // One host has a whole /64 of IPv6 addresses to its name.
    private const int PrefixBytes = 8;

    /// <summary>Null: unknown, or this host's own, behind which anybody may be.</summary>
    public static string? KeyOf(IPAddress? address)
    {
        if (address is null)
            return null;
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        if (IPAddress.IsLoopback(address))
            return null;
        return address.AddressFamily == AddressFamily.InterNetworkV6
            ? $"address:{Convert.ToHexString(address.GetAddressBytes().AsSpan(0, PrefixBytes))}/64"
            : $"address:{address}";
    }
}
