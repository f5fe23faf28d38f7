using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gateway.Emulator.Controllers;

/// <summary>Reads single fields of stored objects; a field that is missing or of the wrong type reads as absent.</summary>
internal static class JsonFields
{
    public static JsonObject? Object(this JsonNode? node, string name) => (node as JsonObject)?[name] as JsonObject;

    public static string? Text(this JsonNode? node, string name) =>
        (node as JsonObject)?[name] is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;

    public static int? Number(this JsonNode? node, string name) =>
        (node as JsonObject)?[name] is JsonValue value && value.GetValueKind() == JsonValueKind.Number && value.TryGetValue(out int number)
            ? number
            : null;

    public static bool Flag(this JsonNode? node, string name) =>
        (node as JsonObject)?[name] is JsonValue value && value.GetValueKind() == JsonValueKind.True;

    public static IEnumerable<JsonObject> Items(this JsonNode? node, string name) =>
        (node as JsonObject)?[name] is JsonArray array ? array.OfType<JsonObject>() : [];

    public static IEnumerable<string> Texts(this JsonNode? node, string name)
    {
        if ((node as JsonObject)?[name] is not JsonArray array)
        {
            yield break;
        }

        foreach (var item in array)
        {
            if (item is JsonValue value && value.GetValueKind() == JsonValueKind.String)
            {
                yield return value.GetValue<string>();
            }
        }
    }

    public static IReadOnlyDictionary<string, string> TextMap(this JsonNode? node, string name)
    {
        if (node.Object(name) is not { Count: > 0 } map)
        {
            return EmptyMap;
        }

        var texts = new Dictionary<string, string>(map.Count, StringComparer.Ordinal);
        foreach (var (key, _) in map)
        {
            if (map.Text(key) is { } text)
            {
                texts[key] = text;
            }
        }

        return texts;
    }

    public static JsonObject ToJson(this IReadOnlyDictionary<string, string> map)
    {
        var json = new JsonObject();
        foreach (var (key, value) in map.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
        {
            json[key] = value;
        }

        return json;
    }

    public static bool SameAs(this IReadOnlyDictionary<string, string> map, IReadOnlyDictionary<string, string> other) =>
        ReferenceEquals(map, other)
        || (map.Count == other.Count && map.All(pair => other.TryGetValue(pair.Key, out var value) && value == pair.Value));

    private static readonly Dictionary<string, string> EmptyMap = [];
}
