using System.Text.Json.Nodes;

namespace Gateway.Emulator.Patching;

/// <summary>
/// JSON patch, RFC 6902. Changes its target in place; the caller passes a copy, so a patch applies completely or not at all.
/// </summary>
internal static class JsonPatch
{
    public static void Apply(JsonObject target, JsonArray operations)
    {
        foreach (var operation in operations)
            Apply(target, operation as JsonObject ?? throw new PatchFailure("an operation is an object"));
    }

    private static void Apply(JsonObject target, JsonObject operation)
    {
        var path = new JsonPointer(Text(operation, "path"));
        switch (Text(operation, "op"))
        {
            case "add":
                path.Add(target, Value(operation));
                break;
            case "replace":
                path.Replace(target, Value(operation));
                break;
            case "remove":
                path.Remove(target);
                break;
            case "copy":
                path.Add(target, new JsonPointer(Text(operation, "from")).Get(target)?.DeepClone());
                break;
            case "move":
                var from = new JsonPointer(Text(operation, "from"));
                var moved = from.Get(target)?.DeepClone();
                from.Remove(target);
                path.Add(target, moved);
                break;
            case "test":
                if (!JsonNode.DeepEquals(Find(target, path), operation["value"]))
                    throw new PatchFailure("a test failed");
                break;
            default:
                throw new PatchFailure("an unknown operation");
        }
    }

    // A test of a missing path compares with null, as the real server's library does.
    private static JsonNode? Find(JsonObject target, JsonPointer path)
    {
        try
        {
            return path.Get(target);
        }
        catch (PatchFailure)
        {
            return null;
        }
    }

    private static JsonNode? Value(JsonObject operation) => operation["value"]?.DeepClone();

    private static string Text(JsonObject operation, string name) =>
        operation[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : throw new PatchFailure(name + " is missing");
}
