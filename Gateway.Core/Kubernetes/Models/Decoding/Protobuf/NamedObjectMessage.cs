namespace Gateway.Core.Kubernetes.Models.Decoding.Protobuf;

/// <summary>Decodes kinds of which only the metadata is used: whole objects and partial ones have it in the same place.</summary>
internal static class NamedObjectMessage
{
    public static Node ReadNode(ReadOnlySpan<byte> message, DecodeContext context) => new() { Metadata = Read(message, context) };

    public static Namespace ReadNamespace(ReadOnlySpan<byte> message, DecodeContext context) => new() { Metadata = Read(message, context) };

    /// <summary>Reads an object of any kind as its name, uid and version; labels and annotations are skipped.</summary>
    public static ListedObject ReadListed(ReadOnlySpan<byte> message, DecodeContext context) => new(Read(message, context, identityOnly: true));

    private static ObjectMeta Read(ReadOnlySpan<byte> message, DecodeContext context, bool identityOnly = false)
    {
        ObjectMeta? metadata = null;
        var reader = new WireReader(message);
        while (reader.Next())
        {
            if (reader.Field == MetadataMessage.Field)
                metadata = MetadataMessage.Read(reader.Bytes, context, identityOnly);
        }

        return metadata ?? throw new MalformedMessageException("The object has no metadata.");
    }
}
