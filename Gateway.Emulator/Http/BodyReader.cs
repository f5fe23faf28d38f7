using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gateway.Emulator.Http;

/// <summary>
/// Reads a JSON body into a tree as Go does: of members with the same name the last one counts. Such duplicates are recorded for strict
/// validation. Throws <see cref="BodyFailure"/> with Go's message.
/// </summary>
internal sealed class BodyReader
{
    private readonly List<string> _duplicates = [];

    /// <summary>Paths of members that occur more than once.</summary>
    public IReadOnlyList<string> Duplicates => _duplicates;

    public JsonNode? Read(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = 256 });
        try
        {
            reader.Read();
            var root = ReadValue(ref reader, "");
            reader.Read();
            return root;
        }
        catch (JsonException)
        {
            throw new BodyFailure(Explain(utf8, (int)reader.BytesConsumed));
        }
    }

    private JsonNode? ReadValue(ref Utf8JsonReader reader, string path)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                return ReadObject(ref reader, path);
            case JsonTokenType.StartArray:
                var list = new JsonArray();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    list.Add(ReadValue(ref reader, $"{path}[{list.Count}]"));
                return list;
            case JsonTokenType.String:
                return JsonValue.Create(reader.GetString());
            case JsonTokenType.Number:
                return reader.TryGetInt64(out var number) ? JsonValue.Create(number) : JsonValue.Create(reader.GetDouble());
            case JsonTokenType.True or JsonTokenType.False:
                return JsonValue.Create(reader.GetBoolean());
            default:
                return null;
        }
    }

    private JsonObject ReadObject(ref Utf8JsonReader reader, string path)
    {
        var result = new JsonObject();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var name = reader.GetString()!;
            var at = path.Length == 0 ? name : $"{path}.{name}";
            if (result.ContainsKey(name))
                _duplicates.Add(at);
            reader.Read();
            result[name] = ReadValue(ref reader, at);
        }
        return result;
    }

    private static string Explain(ReadOnlySpan<byte> utf8, int consumed)
    {
        var rest = utf8[consumed..].TrimStart(" \t\r\n:,"u8);
        return rest.IsEmpty
            ? "unexpected end of JSON input"
            : $"invalid character '{Encoding.UTF8.GetString(rest[..1])}' looking for beginning of value";
    }
}
