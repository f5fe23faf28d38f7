using System.Text;
using System.Text.Json.Nodes;
using Gateway.Emulator.Schema;
using Gateway.Emulator.Writing;

namespace Gateway.Emulator.Http.Protobuf;

/// <summary>
/// Decodes the protobuf bodies of typed clients (kubectl's <c>create token</c>, <c>create namespace</c>, <c>auth can-i</c>) to JSON.
/// </summary>
internal static class ProtobufBody
{
    public const string MediaType = "application/vnd.kubernetes.protobuf";

    // The envelope runtime.Unknown: type meta in field 1, the object's own message in field 2.
    internal static ReadOnlySpan<byte> Magic => "k8s\0"u8;

    /// <summary>Null when it is not such a body, or of a kind whose field numbers are unknown here.</summary>
    public static JsonObject? Read(ReadOnlySpan<byte> body, string kind)
    {
        if (!body.StartsWith(Magic) || !FieldNumbers.Knows(kind))
            return null;
        var envelope = new WireReader(body[Magic.Length..]);
        var result = new JsonObject();
        while (envelope.Read())
        {
            if (envelope.Number == 1)
                ReadTypeMeta(envelope.Bytes, result);
            else if (envelope.Number == 2)
                ReadMessage(envelope.Bytes, FieldTable.Of(kind), result);
        }
        return result;
    }

    private static void ReadTypeMeta(ReadOnlySpan<byte> message, JsonObject into)
    {
        var reader = new WireReader(message);
        while (reader.Read())
        {
            if (reader.Number is 1 or 2)
                into[reader.Number == 1 ? "apiVersion" : "kind"] = Encoding.UTF8.GetString(reader.Bytes);
        }
    }

    private static JsonObject ReadMessage(ReadOnlySpan<byte> message, FieldType type, JsonObject into) => ReadMessage(message, type, type.Name, into);

    private static JsonObject ReadMessage(ReadOnlySpan<byte> message, FieldType type, string numbers, JsonObject into)
    {
        var reader = new WireReader(message);
        while (reader.Read())
        {
            if (FieldNumbers.Find(numbers, reader.Number) is not { } numbered)
                continue;
            if (numbered.Inline is not null)
                ReadMessage(reader.Bytes, type, numbered.Inline, into);
            else if (type.Find(numbered.Name) is { } field)
                ReadField(reader, field, numbered.IsPlain, into);
        }
        return into;
    }

    private static void ReadField(WireReader reader, Field field, bool isPlain, JsonObject into)
    {
        switch (field.Type.Shape)
        {
            case FieldShape.List:
                if (into[field.Name] is not JsonArray list)
                    into[field.Name] = list = [];
                list.Add(Scalar(reader, field.Type.Element!));
                break;
            case FieldShape.Map:
                if (into[field.Name] is not JsonObject map)
                    into[field.Name] = map = [];
                ReadEntry(reader.Bytes, field.Type.Element!, map);
                break;
            default:
                var value = Scalar(reader, field.Type);
                if (value is not null && !(isPlain && IsEmpty(value)))
                    into[field.Name] = value;
                break;
        }
    }

    private static bool IsEmpty(JsonNode value) => value switch
    {
        JsonObject members => members.Count == 0,
        JsonValue scalar when scalar.TryGetValue<string>(out var text) => text.Length == 0,
        JsonValue scalar when scalar.TryGetValue<long>(out var number) => number == 0,
        JsonValue scalar when scalar.TryGetValue<bool>(out var flag) => !flag,
        _ => false,
    };

    private static JsonNode? Scalar(WireReader reader, FieldType type) => type.Shape switch
    {
        FieldShape.Object => ReadMessage(reader.Bytes, type, []),
        FieldShape.Integer => JsonValue.Create(reader.Value),
        FieldShape.Boolean => JsonValue.Create(reader.Value != 0),
        FieldShape.Time => ReadTime(reader.Bytes),
        FieldShape.StringOrNumber => type.Name == "Quantity" ? ReadWrapped(reader.Bytes) : ReadIntOrString(reader.Bytes),
        FieldShape.Any => ReadWrapped(reader.Bytes) is { } raw ? JsonNode.Parse((string)raw!) : null,
        _ => JsonValue.Create(Encoding.UTF8.GetString(reader.Bytes)),
    };

    private static void ReadEntry(ReadOnlySpan<byte> message, FieldType type, JsonObject map)
    {
        var reader = new WireReader(message);
        var key = "";
        JsonNode? value = "";
        while (reader.Read())
        {
            if (reader.Number == 1)
                key = Encoding.UTF8.GetString(reader.Bytes);
            else
                value = Scalar(reader, type);
        }
        map[key] = value;
    }

    // A Quantity and a FieldsV1 are messages of one field.
    private static JsonValue? ReadWrapped(ReadOnlySpan<byte> message)
    {
        var reader = new WireReader(message);
        return reader.Read() ? JsonValue.Create(Encoding.UTF8.GetString(reader.Bytes)) : null;
    }

    private static JsonValue? ReadTime(ReadOnlySpan<byte> message)
    {
        var reader = new WireReader(message);
        while (reader.Read())
        {
            if (reader.Number == 1)
                return JsonValue.Create(ObjectWriter.Format(DateTimeOffset.FromUnixTimeSeconds(reader.Value)));
        }
        return null;
    }

    // Field 1 is the type: 0 for a number, 1 for a string.
    private static JsonValue ReadIntOrString(ReadOnlySpan<byte> message)
    {
        var reader = new WireReader(message);
        long type = 0, number = 0;
        var text = "";
        while (reader.Read())
        {
            if (reader.Number == 1)
                type = reader.Value;
            else if (reader.Number == 2)
                number = reader.Value;
            else
                text = Encoding.UTF8.GetString(reader.Bytes);
        }
        return type == 0 ? JsonValue.Create(number) : JsonValue.Create(text);
    }
}
