using System.Text.Json.Nodes;
using Gateway.Tests.Chart;
using Gateway.Tests.Layering;

namespace Gateway.Tests.Callers;

/// <summary>The manifests of docs/manifests as objects of the API.</summary>
internal static class Manifests
{
    public static IEnumerable<JsonObject> Read(string name) =>
        YamlTree.ReadAll(File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "manifests", name))).Select(static item => Convert(item)!.AsObject());

    private static JsonNode? Convert(object? value) => value switch
    {
        null => null,
        Dictionary<string, object?> map => new JsonObject(map.Select(static pair => KeyValuePair.Create(pair.Key, Convert(pair.Value)))),
        List<object?> list => new JsonArray([.. list.Select(Convert)]),
        bool truth => JsonValue.Create(truth),
        long number => JsonValue.Create(number),
        _ => JsonValue.Create((string)value),
    };
}
