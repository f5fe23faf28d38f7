using System.Text.Json.Nodes;

namespace Gateway.Emulator.Defaulting;

/// <summary>Helpers to set defaults in a JSON tree.</summary>
internal static class JsonDefaults
{
    public static void Default(this JsonObject parent, string name, JsonValue value)
    {
        if (parent[name] is null)
            parent[name] = value;
    }

    public static void Default(this JsonObject parent, string name, string value) => parent.Default(name, JsonValue.Create(value));

    public static void Default(this JsonObject parent, string name, long value) => parent.Default(name, JsonValue.Create(value));

    public static void Default(this JsonObject parent, string name, Func<JsonNode> make)
    {
        if (parent[name] is null)
            parent[name] = make();
    }

    /// <summary>The object of that name; created where it is missing.</summary>
    public static JsonObject Child(this JsonObject parent, string name)
    {
        if (parent[name] is JsonObject child)
            return child;
        child = [];
        parent[name] = child;
        return child;
    }

    /// <summary>The objects of a list; none where the list is missing.</summary>
    public static IEnumerable<JsonObject> Items(this JsonObject parent, string name) =>
        (parent[name] as JsonArray)?.OfType<JsonObject>() ?? [];
}
