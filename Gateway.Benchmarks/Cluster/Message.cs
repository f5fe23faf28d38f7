using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Gateway.Benchmarks.Cluster;

/// <summary>The two ways in which an API server writes objects.</summary>
internal enum WireFormat
{
    Json,
    Protobuf,
}

/// <summary>A quantity (<c>100m</c>): text in JSON, a message with that text in protobuf.</summary>
internal sealed record Quantity(string Text);

/// <summary>A time: RFC 3339 in JSON, a message with the seconds in protobuf.</summary>
internal sealed record Instant(DateTimeOffset Time);

/// <summary>A port by number (IntOrString).</summary>
internal sealed record TargetPort(int Number);

/// <summary>A time that is not set: null in JSON, nothing in protobuf.</summary>
internal sealed record NoInstant;

/// <summary>JSON as it is: <c>fieldsV1</c>.</summary>
internal sealed record RawJson(string Text);

/// <summary>
/// An object of the Kubernetes API with the name of each field, which JSON shows, and its number, which protobuf shows (generated.proto of
/// k8s.io/api). Fields are written in the order in which they were added.
/// </summary>
internal sealed class Message
{
    private readonly List<(int Number, string Name, object Value)> _fields = [];

    /// <param name="number">The field's number in generated.proto.</param>
    /// <param name="name">The member's name; "" for a message whose fields JSON shows as members of this one.</param>
    /// <param name="value">
    /// Text, a number, a flag, a message, one of the records beside this class, a list of those, or a map (pairs) of text to one of those.
    /// </param>
    public Message Add(int number, string name, object value)
    {
        _fields.Add((number, name, value));
        return this;
    }

    public byte[] Encode(WireFormat format) => format == WireFormat.Json ? ToJson() : ToProtobuf();

    public byte[] ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        WriteJson(json, this);
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    public byte[] ToProtobuf()
    {
        var bytes = new MemoryStream();
        foreach (var (number, _, value) in _fields)
            WriteField(bytes, number, value);
        return bytes.ToArray();
    }

    private static void WriteJson(Utf8JsonWriter json, object value)
    {
        switch (value)
        {
            case Message message:
                json.WriteStartObject();
                message.WriteMembers(json);
                json.WriteEndObject();
                break;
            case string text:
                json.WriteStringValue(text);
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case int number:
                json.WriteNumberValue(number);
                break;
            case Quantity quantity:
                json.WriteStringValue(quantity.Text);
                break;
            case Instant instant:
                json.WriteStringValue(instant.Time.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
                break;
            case TargetPort port:
                json.WriteNumberValue(port.Number);
                break;
            case NoInstant:
                json.WriteNullValue();
                break;
            case RawJson raw:
                json.WriteRawValue(raw.Text);
                break;
            case IEnumerable<KeyValuePair<string, object>> map:
                json.WriteStartObject();
                foreach (var (key, one) in map)
                {
                    json.WritePropertyName(key);
                    WriteJson(json, one);
                }
                json.WriteEndObject();
                break;
            case IEnumerable<object> list:
                json.WriteStartArray();
                foreach (var one in list)
                    WriteJson(json, one);
                json.WriteEndArray();
                break;
            default:
                throw new NotSupportedException($"{value.GetType()} has no JSON.");
        }
    }

    private void WriteMembers(Utf8JsonWriter json)
    {
        foreach (var (_, name, value) in _fields)
        {
            if (name.Length == 0)
            {
                ((Message)value).WriteMembers(json);
                continue;
            }

            json.WritePropertyName(name);
            WriteJson(json, value);
        }
    }

    private static void WriteField(MemoryStream bytes, int number, object value)
    {
        switch (value)
        {
            case IEnumerable<KeyValuePair<string, object>> map:
                foreach (var (key, one) in map)
                    Protobuf.WriteBytes(bytes, number, new Message().Add(1, "key", key).Add(2, "value", one).ToProtobuf());
                break;
            case string text:
                Protobuf.WriteBytes(bytes, number, Encoding.UTF8.GetBytes(text));
                break;
            case bool flag:
                Protobuf.WriteNumber(bytes, number, flag ? 1u : 0u);
                break;
            case int amount:
                Protobuf.WriteNumber(bytes, number, (ulong)(long)amount);
                break;
            case Message message:
                Protobuf.WriteBytes(bytes, number, message.ToProtobuf());
                break;
            case Quantity quantity:
                Protobuf.WriteBytes(bytes, number, new Message().Add(1, "string", quantity.Text).ToProtobuf());
                break;
            case Instant instant:
                var seconds = new MemoryStream();
                Protobuf.WriteNumber(seconds, 1, (ulong)instant.Time.ToUnixTimeSeconds());
                Protobuf.WriteNumber(seconds, 2, 0);
                Protobuf.WriteBytes(bytes, number, seconds.ToArray());
                break;
            case TargetPort port:
                Protobuf.WriteBytes(bytes, number, new Message().Add(1, "type", 0).Add(2, "intVal", port.Number).Add(3, "strVal", "").ToProtobuf());
                break;
            case NoInstant:
                break;
            case RawJson raw:
                Protobuf.WriteBytes(bytes, number, new Message().Add(1, "Raw", raw.Text).ToProtobuf());
                break;
            case IEnumerable<object> list:
                foreach (var one in list)
                    WriteField(bytes, number, one);
                break;
            default:
                throw new NotSupportedException($"{value.GetType()} has no protobuf.");
        }
    }
}
