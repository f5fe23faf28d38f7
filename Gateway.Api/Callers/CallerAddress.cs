using System.Net;
using Gateway.Core.Identity;

namespace Gateway.Api.Callers;

/// <summary>A caller identified only by its address.</summary>
internal static class CallerAddress
{
    /// <summary>Null: unknown, or loopback, which many callers may share.</summary>
    public static string? KeyOf(IPAddress? address)
    {
        if (address is null)
            return null;
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        if (IPAddress.IsLoopback(address))
            return null;
        return $"address:{AddressPrefix.TextOf(address)}";
    }
}
