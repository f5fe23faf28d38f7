using System.Buffers.Binary;
using System.Collections.Immutable;

namespace Gateway.Core.Kubernetes.Models;

/// <summary>Some addresses, stored small: a single IPv4 address, by far the usual case, as its number. Texts are made each time that they are read.</summary>
internal readonly struct AddressList : IEquatable<AddressList>
{
    private static readonly object SingleIPv4 = new();

    // Null: none. SingleIPv4: the number. Else as PackedStatus stores them.
    private readonly object? _packed;
    private readonly uint _ipv4;

    private AddressList(object packed, uint ipv4) => (_packed, _ipv4) = (packed, ipv4);

    public bool IsEmpty => _packed is null;

    public static AddressList Of(string? address) => address is null ? default : Of([address]);

    public static AddressList Of(ImmutableArray<string> addresses)
    {
        if (!addresses.IsDefault && addresses.IsEmpty)
            return default;
        Span<byte> bytes = stackalloc byte[PackedStatus.MostAddressBytes];
        return !addresses.IsDefault && addresses.Length == 1 && PackedStatus.WriteAddress(bytes, addresses[0]) == sizeof(uint)
            ? new(SingleIPv4, BinaryPrimitives.ReadUInt32BigEndian(bytes))
            : new(PackedStatus.Of(addresses, [], []), 0);
    }

    public ImmutableArray<string> ToTexts()
    {
        if (_packed is null)
            return [];
        return ReferenceEquals(_packed, SingleIPv4)
            ? [$"{_ipv4 >> 24}.{(_ipv4 >> 16) & 255}.{(_ipv4 >> 8) & 255}.{_ipv4 & 255}"]
            : PackedStatus.AddressesOf(_packed);
    }

    public bool Equals(AddressList other)
    {
        if (_packed is null || other._packed is null || ReferenceEquals(_packed, other._packed))
            return _ipv4 == other._ipv4 && ReferenceEquals(_packed, other._packed);
        return PackedStatus.AreEqual(_packed, other._packed) || ToTexts().AsSpan().SequenceEqual(other.ToTexts().AsSpan());
    }

    public override bool Equals(object? obj) => obj is AddressList other && Equals(other);

    public override int GetHashCode() => _ipv4.GetHashCode();
}
