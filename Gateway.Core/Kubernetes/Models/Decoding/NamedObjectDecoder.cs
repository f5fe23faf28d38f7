using System.Text.Json;

namespace Gateway.Core.Kubernetes.Models.Decoding;

/// <summary>
/// Decodes kinds of which only the metadata is used. They are requested as PartialObjectMetadata; a server that does not support that sends
/// the whole object, which is decoded the same way.
/// </summary>
internal static class NamedObjectDecoder
{
    public static Node ReadNode(ref Utf8JsonReader reader, DecodeContext context) => new() { Metadata = Read(ref reader, context, "Node") };

    public static Namespace ReadNamespace(ref Utf8JsonReader reader, DecodeContext context) =>
        new() { Metadata = Read(ref reader, context, "Namespace") };

    private static ObjectMeta Read(ref Utf8JsonReader reader, DecodeContext context, string kind)
    {
        ObjectMeta? metadata = null;
        while (reader.NextMember())
        {
            if (reader.ValueTextEquals("metadata"u8))
                metadata = reader.ReadMetadata(context);
            else if (reader.ValueTextEquals("kind"u8))
                reader.ReadKind(kind, mayBePartial: true);
            else
                reader.Skip();
        }

        return metadata ?? throw new JsonException("The object has no metadata.");
    }
}
