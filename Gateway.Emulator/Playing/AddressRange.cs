using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Gateway.Emulator.Playing;

/// <summary>
/// The pod addresses of a node, allocated round-robin as host-local IPAM does. Written and read by the player's loop alone.
/// </summary>
internal sealed class AddressRange(IPNetwork network)
{
    /// <summary>The network's own address and the bridge's are reserved.</summary>
    private const uint First = 2;

    /// <summary>More addresses than any node has pods; it limits the search in an IPv6 range.</summary>
    private const int MaxBits = 20;

    private readonly uint _last = (1u << Math.Min(MaxBits, Width(network) - network.PrefixLength)) - 2;
    private uint _next = First;

    /// <summary>The next free address; null when all are taken.</summary>
    public IPAddress? Allocate(Func<IPAddress, bool> isTaken)
    {
        for (var tried = First; tried <= _last; tried++)
        {
            var address = At(_next);
            _next = _next >= _last ? First : _next + 1;
            if (!isTaken(address))
            {
                return address;
            }
        }

        return null;
    }

    private static int Width(IPNetwork network) => network.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6 ? 128 : 32;

    private IPAddress At(uint offset)
    {
        var bytes = network.BaseAddress.GetAddressBytes();
        var tail = bytes.AsSpan(bytes.Length - 4);
        BinaryPrimitives.WriteUInt32BigEndian(tail, BinaryPrimitives.ReadUInt32BigEndian(tail) + offset);
        return new IPAddress(bytes);
    }
}
