using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Gateway.Core.Registry;

namespace Gateway.Core.Subscriptions;

/// <summary>
/// What a client holds, as one number: the sum over its instances of a hash of id and revision. A sum can be updated change by change, does
/// not depend on the order, and is equal on every replica.
/// </summary>
internal static class StreamDigest
{
    public static UInt128 Of(Instance instance)
    {
        Span<byte> text = stackalloc byte[256];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        var length = Encoding.UTF8.GetByteCount(instance.Id) + 1 + Encoding.UTF8.GetByteCount(instance.Revision);
        if (length > text.Length)
            text = new byte[length];
        var written = Encoding.UTF8.GetBytes(instance.Id, text);
        text[written++] = (byte)'\n';
        written += Encoding.UTF8.GetBytes(instance.Revision, text[written..]);
        SHA256.HashData(text[..written], hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }

    public static UInt128 Of(ImmutableArray<Instance> instances)
    {
        UInt128 sum = 0;
        foreach (var instance in instances)
            sum = unchecked(sum + Of(instance));
        return sum;
    }
}
