using System.Text.Json;
using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Printing;

/// <summary>The form <c>PartialObjectMetadata</c>: only the metadata, cut out of the object's bytes.</summary>
internal static class PartialMetadata
{
    private static ReadOnlySpan<byte> Prefix => "{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/v1\","u8;

    public static byte[] Of(StoredObject item)
    {
        // The type prefix is followed by "metadata":{...}; everything after that object is left out.
        var tail = item.ItemTail.Span;
        var start = "\"metadata\":"u8.Length;
        var reader = new Utf8JsonReader(tail[start..]);
        reader.Read();
        reader.Skip();
        var length = start + (int)reader.BytesConsumed;
        var result = new byte[Prefix.Length + length + 1];
        Prefix.CopyTo(result);
        tail[..length].CopyTo(result.AsSpan(Prefix.Length));
        result[^1] = (byte)'}';
        return result;
    }
}
