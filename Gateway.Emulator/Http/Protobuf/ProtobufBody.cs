using System.Text;
using System.Text.Json.Nodes;
using Gateway.Emulator.Schema;
using Gateway.Emulator.Writing;

namespace Gateway.Emulator.Http.Protobuf;

/// <summary>
/// Decodes the protobuf bodies of kubectl's typed commands (<c>create token</c>, <c>create namespace</c>, <c>auth can-i</c>) to JSON.
/// Answers are always JSON, which these clients accept.
/// </summary>
internal static class ProtobufBody
{
    public const string MediaType = "application/vnd.kubernetes.protobuf";

    // The envelope runtime.Unknown: type meta in field 1, the object's own message in field 2.
    private static ReadOnlySpan<byte> Magic => "k8s\0"u8;

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

    private static JsonObject ReadMessage(ReadOnlySpan<byte> message, FieldType type, JsonObject into)
    {
        var reader = new WireReader(message);
        while (reader.Read())
        {
            if (FieldNumbers.Find(type, reader.Number) is not { } field)
                continue;
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
                    ReadEntry(reader.Bytes, map);
                    break;
                default:
                    // Go also encodes empty strings and zeros of plain fields; in JSON they are omitted.
                    var value = Scalar(reader, field.Type);
                    if (value is not null && !(value is JsonValue text && text.TryGetValue<string>(out var content) && content.Length == 0))
                        into[field.Name] = value;
                    break;
            }
        }
        return into;
    }

    private static JsonNode? Scalar(WireReader reader, FieldType type) => type.Shape switch
    {
        FieldShape.Object => ReadMessage(reader.Bytes, type, []),
        FieldShape.Integer => JsonValue.Create(reader.Value),
        FieldShape.Boolean => JsonValue.Create(reader.Value != 0),
        FieldShape.Time => ReadTime(reader.Bytes),
        FieldShape.StringOrNumber => ReadIntOrString(reader.Bytes),
        _ => JsonValue.Create(Encoding.UTF8.GetString(reader.Bytes)),
    };

    private static void ReadEntry(ReadOnlySpan<byte> message, JsonObject map)
    {
        var reader = new WireReader(message);
        string key = "", value = "";
        while (reader.Read())
        {
            if (reader.Number == 1)
                key = Encoding.UTF8.GetString(reader.Bytes);
            else
                value = Encoding.UTF8.GetString(reader.Bytes);
        }
        map[key] = value;
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
