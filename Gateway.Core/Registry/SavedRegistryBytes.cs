using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Core.Registry;

/// <summary>A saved registry as compressed JSON.</summary>
internal static partial class SavedRegistryBytes
{
    public static byte[] Write(SavedRegistry saved)
    {
        using var bytes = new MemoryStream();
        using (var brotli = new BrotliStream(bytes, CompressionLevel.Fastest))
            JsonSerializer.Serialize(brotli, saved, Json.Default.SavedRegistry);
        return bytes.ToArray();
    }

    /// <summary>Null when another version of the gateway wrote them, in a way that this one does not understand.</summary>
    public static SavedRegistry? Read(byte[] bytes)
    {
        try
        {
            using var brotli = new BrotliStream(new MemoryStream(bytes), CompressionMode.Decompress);
            return JsonSerializer.Deserialize(brotli, Json.Default.SavedRegistry);
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException or InvalidDataException)
        {
            return null;
        }
    }

    // What is worked out of other members is not written.
    [JsonSourceGenerationOptions(IgnoreReadOnlyProperties = true, RespectNullableAnnotations = true)]
    [JsonSerializable(typeof(SavedRegistry))]
    private sealed partial class Json : JsonSerializerContext;
}
