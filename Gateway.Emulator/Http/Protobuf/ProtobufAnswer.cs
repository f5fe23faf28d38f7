using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Emulator.Schema;
using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Http.Protobuf;

/// <summary>Encodes objects and Status answers as the real server does: the magic bytes, then the envelope runtime.Unknown.</summary>
internal static class ProtobufAnswer
{
    public const string WatchMediaType = ProtobufBody.MediaType + ";stream=watch";

    // The envelope's fields contentEncoding and contentType, which the server leaves empty.
    private static ReadOnlySpan<byte> EnvelopeEnd => [0x1A, 0, 0x22, 0];

    /// <summary>One object with its envelope.</summary>
    public static byte[] Of(StoredObject item, ObjectView view) => view == ObjectView.PartialMetadata
        ? Enveloped("meta.k8s.io/v1", "PartialObjectMetadata", MetadataOf(item))
        : Enveloped(item.Kind.ApiVersion, item.Kind.Kind, item.Protobuf.Span);

    /// <summary>Any object that is not stored: a Status, a bookmark.</summary>
    public static byte[] Of(JsonObject content)
    {
        var kind = (string)content["kind"]!;
        using var document = JsonDocument.Parse(ObjectOrder.Serialize(content));
        return Enveloped((string)content["apiVersion"]!, kind, Message(document.RootElement, FieldTable.Of(kind)));
    }

    /// <summary>The object's message without the envelope, as lists hold it.</summary>
    public static byte[] Message(JsonElement content, FieldType type)
    {
        var writer = new WireWriter();
        WriteFields(writer, content, type, type.Name);
        return writer.ToArray();
    }

    /// <summary>The message of a PartialObjectMetadata: the first field of every object, and nothing else.</summary>
    public static ReadOnlySpan<byte> MetadataOf(StoredObject item)
    {
        var message = item.Protobuf.Span;
        var reader = new WireReader(message);
        reader.Read();
        return message[..(message.Length - reader.Rest)];
    }

    /// <summary>What stands before the items of a list: magic bytes, type and the length of what follows.</summary>
    public static byte[] ListHead(string apiVersion, string kind, ReadOnlySpan<byte> metadata, long itemBytes)
    {
        var writer = new WireWriter();
        writer.WriteRaw(metadata);
        writer.WriteVarint((ulong)(metadata.Length + itemBytes));
        writer.WriteVarint(2 << 3 | 2);
        WriteType(writer, apiVersion, kind);
        return writer.ToArray();
    }

    /// <summary>Field 1 of a list.</summary>
    public static byte[] ListMetadata(JsonObject metadata)
    {
        using var document = JsonDocument.Parse(ObjectOrder.Serialize(metadata));
        var writer = new WireWriter();
        WriteFields(writer, document.RootElement, FieldTable.Of("ListMeta"), "ListMeta");
        writer.CloseMessage(1, 0);
        return writer.ToArray();
    }

    /// <summary>The tag and length of an item of a list.</summary>
    public static byte[] ItemHead(int length)
    {
        var writer = new WireWriter();
        writer.WriteVarint((ulong)length);
        writer.WriteVarint(2 << 3 | 2);
        return writer.ToArray();
    }

    public static ReadOnlySpan<byte> ListEnd => EnvelopeEnd;

    private static byte[] Enveloped(string apiVersion, string kind, ReadOnlySpan<byte> message)
    {
        var writer = new WireWriter();
        writer.WriteRaw(EnvelopeEnd);
        writer.WriteBytes(2, message);
        WriteType(writer, apiVersion, kind);
        return writer.ToArray();
    }

    private static void WriteType(WireWriter writer, string apiVersion, string kind)
    {
        var end = writer.Length;
        writer.WriteText(2, kind);
        writer.WriteText(1, apiVersion);
        writer.CloseMessage(1, end);
        writer.WriteRaw(ProtobufBody.Magic);
    }

    private static void WriteFields(WireWriter writer, JsonElement? content, FieldType type, string numbers)
    {
        var fields = FieldNumbers.Of(numbers);
        for (var i = fields.Length - 1; i >= 0; i--)
        {
            var numbered = fields[i];
            if (numbered.Inline is not null)
            {
                var end = writer.Length;
                WriteFields(writer, content, type, numbered.Inline);
                writer.CloseMessage(numbered.Number, end);
                continue;
            }

            if (type.Find(numbered.Name) is not { } field)
                continue;
            JsonElement? value = content is { ValueKind: JsonValueKind.Object } parent && parent.TryGetProperty(numbered.Name, out var found)
                && found.ValueKind != JsonValueKind.Null ? found : null;
            WriteField(writer, numbered, field.Type, value);
        }
    }

    private static void WriteField(WireWriter writer, NumberedField numbered, FieldType type, JsonElement? value)
    {
        switch (type.Shape)
        {
            case FieldShape.List when value is { } list:
                foreach (var element in list.EnumerateArray().Reverse())
                    WriteValue(writer, numbered.Number, type.Element!, element);
                break;
            case FieldShape.Map when value is { } map:
                foreach (var entry in map.EnumerateObject().OrderByDescending(static entry => entry.Name, StringComparer.Ordinal))
                {
                    var end = writer.Length;
                    WriteValue(writer, 2, type.Element!, entry.Value);
                    writer.WriteText(1, entry.Name);
                    writer.CloseMessage(numbered.Number, end);
                }
                break;
            case FieldShape.List or FieldShape.Map:
                break;
            default:
                if (value is not null || numbered.IsPlain)
                    WriteValue(writer, numbered.Number, type, value);
                break;
        }
    }

    /// <summary>Writes one value, or the empty value of its type.</summary>
    private static void WriteValue(WireWriter writer, int field, FieldType type, JsonElement? value)
    {
        var end = writer.Length;
        switch (type.Shape)
        {
            case FieldShape.Object:
                WriteFields(writer, value, type, type.Name);
                writer.CloseMessage(field, end);
                break;
            case FieldShape.Integer:
                writer.WriteNumber(field, value?.GetInt64() ?? 0);
                break;
            case FieldShape.Boolean:
                writer.WriteNumber(field, value?.GetBoolean() == true ? 1 : 0);
                break;
            case FieldShape.Time:
                WriteTime(writer, value);
                writer.CloseMessage(field, end);
                break;
            case FieldShape.StringOrNumber when type.Name == "Quantity":
                writer.WriteText(1, Text(value));
                writer.CloseMessage(field, end);
                break;
            case FieldShape.StringOrNumber:
                var isText = value is { ValueKind: JsonValueKind.String };
                writer.WriteText(3, isText ? Text(value) : "");
                writer.WriteNumber(2, isText ? 0 : value?.GetInt64() ?? 0);
                writer.WriteNumber(1, isText ? 1 : 0);
                writer.CloseMessage(field, end);
                break;
            case FieldShape.Any when value is { } any:
                // FieldsV1: the JSON itself, in field 1.
                writer.WriteBytes(1, ObjectOrder.Serialize(JsonNode.Parse(any.GetRawText())!));
                writer.CloseMessage(field, end);
                break;
            default:
                writer.WriteText(field, Text(value));
                break;
        }
    }

    // An empty message is no time.
    private static void WriteTime(WireWriter writer, JsonElement? value)
    {
        if (value is not { } text)
            return;
        var time = DateTimeOffset.Parse(text.GetString()!, CultureInfo.InvariantCulture);
        writer.WriteNumber(2, time.Ticks % TimeSpan.TicksPerSecond * 100);
        writer.WriteNumber(1, time.ToUnixTimeSeconds());
    }

    private static string Text(JsonElement? value) =>
        value is not { } text ? "" : text.ValueKind == JsonValueKind.String ? text.GetString()! : text.GetRawText();
}
