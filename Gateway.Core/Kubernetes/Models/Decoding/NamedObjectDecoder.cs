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

    /// <summary>Reads an object of any kind as its name, uid and version; labels and annotations are skipped.</summary>
    public static ObjectDecoder<ListedObject> Listed(string kind) => (ref Utf8JsonReader reader, DecodeContext context) =>
        new(MetadataDecoder.ReadMetadataOnly(ref reader, context, kind, mayBePartial: true, identityOnly: true));

    private static ObjectMeta Read(ref Utf8JsonReader reader, DecodeContext context, string kind) =>
        MetadataDecoder.ReadMetadataOnly(ref reader, context, kind, mayBePartial: true);
}
