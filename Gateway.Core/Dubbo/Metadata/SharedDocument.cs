using System.Text;

namespace Gateway.Core.Dubbo.Metadata;

/// <summary>
/// A MetadataInfo as replicas share it: the uid of the pod that said it and a line feed, where it is known, then the document. A document is a JSON
/// object, so it cannot begin like a uid. Pure.
/// </summary>
internal static class SharedDocument
{
    /// <summary>More than a uid and its line feed take.</summary>
    public const int MaxPublisherBytes = 64;

    public static byte[] Write(ApplicationMetadata metadata) =>
        metadata.Publisher is { Length: > 0 and < MaxPublisherBytes } publisher && publisher.All(IsOfUid)
            ? [.. Encoding.ASCII.GetBytes(publisher), (byte)'\n', .. metadata.Bytes.Span]
            : metadata.Bytes.ToArray();

    public static (string? Publisher, ReadOnlyMemory<byte> Document) Read(ReadOnlyMemory<byte> shared)
    {
        var end = shared.Span[..Math.Min(shared.Length, MaxPublisherBytes)].IndexOf((byte)'\n');
        if (end <= 0)
            return (null, shared);
        foreach (var one in shared.Span[..end])
        {
            if (!IsOfUid((char)one))
                return (null, shared);
        }

        return (Encoding.ASCII.GetString(shared.Span[..end]), shared[(end + 1)..]);
    }

    private static bool IsOfUid(char c) => char.IsAsciiLetterOrDigit(c) || c == '-';
}

/// <summary>What a fact that is sent does to the one that is there; a later one is stronger.</summary>
internal enum SharedPut
{
    /// <summary>Nothing: it is sent again, because it was missing.</summary>
    Missing,

    /// <summary>Nothing but its publisher: the revision is in use, so its content is the first that was said.</summary>
    First,

    /// <summary>It takes its place.</summary>
    Replace,
}
