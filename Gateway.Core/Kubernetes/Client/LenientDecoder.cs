using System.Text.Json;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Kubernetes.Models.Decoding;

namespace Gateway.Core.Kubernetes.Client;

/// <summary>
/// Decodes an object, or only its metadata if the rest cannot be decoded. An object of another kind is not decoded: its metadata
/// would be taken for an object of this kind.
/// </summary>
internal static class LenientDecoder
{
    public static Decoded<T> Read<T>(ReadOnlySpan<byte> body, ResourceType<T> type, DecodeContext context)
        where T : class, IKubernetesObject
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            reader.Read();
            if (!reader.IsObject())
                throw new JsonException("An object is expected, not null.");
            var value = type.Decode(ref reader, context);
            return new(value, value.Metadata, null);
        }
        catch (Exception failure) when (JsonReading.IsUnreadable(failure))
        {
            var metadata = ReadMetadata(body, type, context);
            return new(metadata is null ? null : type.Unreadable?.Invoke(metadata), metadata, failure.Message);
        }
    }

    private static ObjectMeta? ReadMetadata<T>(ReadOnlySpan<byte> body, ResourceType<T> type, DecodeContext context)
        where T : class, IKubernetesObject
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            reader.Read();
            return MetadataDecoder.ReadMetadataOnly(ref reader, context, type.Kind, type.IsMetadataOnly);
        }
        catch (Exception failure) when (JsonReading.IsUnreadable(failure))
        {
            return null;
        }
    }

    internal readonly record struct Decoded<T>(T? Object, ObjectMeta? Metadata, string? Failure);
}
