using System.Text.Json.Nodes;

namespace Gateway.Tests.Conformance;

/// <summary>Short ways to read a Kubernetes object that is plain JSON.</summary>
internal static class KubernetesJson
{
    public static JsonNode? At(this JsonNode? node, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            node = node is JsonObject members ? members[name] : null;
        }

        return node;
    }

    public static string? Text(this JsonNode? node, params ReadOnlySpan<string> path) => (string?)node.At(path);

    public static long? Number(this JsonNode? node, params ReadOnlySpan<string> path) => (long?)node.At(path);

    public static bool? Flag(this JsonNode? node, params ReadOnlySpan<string> path) => (bool?)node.At(path);

    public static IReadOnlyList<JsonObject> Array(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonArray items ? [.. items.OfType<JsonObject>()] : [];

    public static IReadOnlyList<JsonObject> Items(this JsonNode? list) => list.Array("items");

    public static string Name(this JsonNode? item) => item.Text("metadata", "name") ?? "";

    public static string Uid(this JsonNode? item) => item.Text("metadata", "uid") ?? "";

    public static string VersionText(this JsonNode? item) => item.Text("metadata", "resourceVersion") ?? "";

    public static long Version(this JsonNode? item) => long.Parse(item.VersionText());

    public static string? Annotation(this JsonNode? item, string key) => item.Text("metadata", "annotations", key);

    /// <summary>An object like this one with the members of a second laid over it, as a merge patch does.</summary>
    public static JsonObject With(this JsonObject target, JsonNode? over)
    {
        foreach (var (name, value) in over as JsonObject ?? [])
        {
            if (value is null)
            {
                target.Remove(name);
            }
            else if (value is JsonObject inner && target[name] is JsonObject existing)
            {
                existing.With(inner);
            }
            else
            {
                target[name] = value.DeepClone();
            }
        }

        return target;
    }

    public static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();
}
