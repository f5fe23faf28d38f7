using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Revisions;

namespace Gateway.Core.Subscriptions;

/// <summary>
/// The id of an event: the registry's revision when it was sent, and a digest of everything that the stream had sent by then. Opaque to
/// clients, at most 256 characters of <c>A-Za-z0-9._-</c>; any replica can read it.
/// </summary>
internal readonly record struct StreamPosition(string SelectionTag, UInt128 Digest, bool IsComplete, bool IsStale, Revision Revision)
{
    private const int DigestBytes = 16;
    private const int DigestLength = 22;
    private const int TagLength = 8;
    private const int HeadLength = 1 + DigestLength + TagLength + 1;

    public static bool TryParse(string? text, out StreamPosition position)
    {
        position = default;
        if (text is null || text.Length <= HeadLength || text[HeadLength - 1] != '.' || text[0] is < 'a' or > 'd')
            return false;
        Span<byte> digest = stackalloc byte[DigestBytes + 2];
        var encoded = text.AsSpan(1, DigestLength);
        if (encoded.ContainsAny(" \t\r\n")
            || Base64Url.DecodeFromChars(encoded, digest, out _, out var written) != OperationStatus.Done || written != DigestBytes)
            return false;
        if (!Revision.TryParse(text[HeadLength..], out var revision))
            return false;
        var flags = text[0] - 'a';
        position = new StreamPosition(
            text.Substring(1 + DigestLength, TagLength), BinaryPrimitives.ReadUInt128LittleEndian(digest), (flags & 1) != 0, (flags & 2) != 0, revision);
        return true;
    }

    public override string ToString()
    {
        Span<byte> digest = stackalloc byte[DigestBytes];
        Span<char> encoded = stackalloc char[DigestLength];
        BinaryPrimitives.WriteUInt128LittleEndian(digest, Digest);
        Base64Url.EncodeToChars(digest, encoded);
        var flags = (char)('a' + (IsComplete ? 1 : 0) + (IsStale ? 2 : 0));
        return $"{flags}{encoded}{SelectionTag}.{Revision}";
    }
}

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
