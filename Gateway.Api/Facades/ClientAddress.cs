using System.Net;
using System.Net.Sockets;

namespace Gateway.Api.Facades;

/// <summary>
/// What the address that a client says for itself means. Clients often name what they find on their own machine, so what cannot be reached from elsewhere, and
/// host names, are replaced by the pod's address; any other one must be an address of the pod, which is judged when its pod is read.
/// </summary>
internal static class ClientAddress
{
    /// <summary>Null with <paramref name="isReplaced"/> false: the client says none.</summary>
    public static IPAddress? Read(string? text, out bool isReplaced)
    {
        isReplaced = false;
        if (string.IsNullOrWhiteSpace(text))
            return null;
        text = text.Trim();
        if (text is ['[', .. var inner, ']'])
            text = inner;

        // "1" and "0x7f.1" are addresses for some parsers, and names for others.
        isReplaced = !IPAddress.TryParse(text, out var address) || (address.AddressFamily == AddressFamily.InterNetwork && text.Count('.') != 3) || IsUnreachable(Mapped(address));
        return isReplaced ? null : Mapped(address!);
    }

    private static IPAddress Mapped(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static bool IsUnreachable(IPAddress address) =>
        IPAddress.IsLoopback(address) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) || address.IsIPv6LinkLocal
        || (address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes() is [169, 254, ..]);
}
