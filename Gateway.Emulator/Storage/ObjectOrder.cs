using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gateway.Emulator.Storage;

/// <summary>Serializes objects in the member order of the real server: kind, apiVersion, metadata, then the rest.</summary>
internal static class ObjectOrder
{
    private static readonly string[] MetadataOrder =
    [
        "name", "generateName", "namespace", "selfLink", "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp",
        "deletionGracePeriodSeconds", "labels", "annotations", "ownerReferences", "finalizers", "managedFields",
    ];

    // Go escapes <, > and & in JSON strings and no other character beyond ASCII; the relaxed encoder does the same.
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public static JsonObject Arrange(ResourceKind kind, JsonObject content, long version)
    {
        var ordered = new JsonObject { ["kind"] = kind.Kind, ["apiVersion"] = kind.ApiVersion };
        var metadata = content["metadata"]?.AsObject() ?? [];
        metadata["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture);
        content.Remove("metadata");
        ordered["metadata"] = ArrangeMetadata(metadata);
        foreach (var (name, value) in content.ToArray())
        {
            if (name is "kind" or "apiVersion")
                continue;
            content.Remove(name);
            ordered[name] = value;
        }
        return ordered;
    }

    public static byte[] Serialize(JsonNode node)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, WriterOptions))
            node.WriteTo(writer);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>
    /// Replaces the first occurrence of the version. No metadata member before the version can contain this quoted text, so it is the right
    /// one.
    /// </summary>
    public static byte[] ReplaceVersion(ReadOnlySpan<byte> utf8, long version)
    {
        var start = utf8.IndexOf("\"resourceVersion\":\""u8) + "\"resourceVersion\":\""u8.Length;
        var end = start + utf8[start..].IndexOf((byte)'"');
        Span<byte> digits = stackalloc byte[20];
        version.TryFormat(digits, out var length, default, CultureInfo.InvariantCulture);
        var result = new byte[start + length + utf8.Length - end];
        utf8[..start].CopyTo(result);
        digits[..length].CopyTo(result.AsSpan(start));
        utf8[end..].CopyTo(result.AsSpan(start + length));
        return result;
    }

    private static JsonObject ArrangeMetadata(JsonObject metadata)
    {
        var ordered = new JsonObject();
        foreach (var name in MetadataOrder)
        {
            if (!metadata.TryGetPropertyValue(name, out var value))
                continue;
            metadata.Remove(name);
            if (value is null || value is JsonObject { Count: 0 } || value is JsonArray { Count: 0 })
                continue;
            ordered[name] = value;
        }
        return ordered;
    }
}
