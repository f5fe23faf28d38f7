using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Discovery;

/// <summary>
/// The part of OpenAPI that kubectl reads: which kinds' PATCH supports <c>fieldValidation</c>, so that kubectl leaves validation to the
/// server. Schemas are left out; kubectl then merges with its built-in ones.
/// </summary>
internal static class OpenApiDocuments
{
    public static JsonObject Index()
    {
        var paths = new JsonObject();
        foreach (var path in Paths())
            paths[path] = new JsonObject { ["serverRelativeURL"] = $"/openapi/v3/{path}?hash=EMULATED" };
        return new JsonObject { ["paths"] = paths };
    }

    /// <summary>The document of one group and version, such as <c>api/v1</c>; null when there is none.</summary>
    public static JsonObject? Find(string path)
    {
        if (!Paths().Contains(path))
            return null;
        var operations = new JsonObject();
        foreach (var kind in ResourceKinds.All.Where(kind => PathOf(kind.Group) == path))
            operations[ItemPath(path, kind)] = Item(kind);
        return new JsonObject
        {
            ["openapi"] = "3.0.0",
            ["info"] = new JsonObject { ["title"] = "Kubernetes", ["version"] = "v1.33.0" },
            ["paths"] = operations,
            ["components"] = new JsonObject { ["schemas"] = new JsonObject() },
        };
    }

    private static IEnumerable<string> Paths() => DiscoveryDocuments.GroupNames().Select(PathOf).Prepend("api/v1");

    private static string PathOf(string group) => group.Length == 0 ? "api/v1" : $"apis/{group}/v1";

    private static string ItemPath(string path, ResourceKind kind) =>
        kind.Namespaced ? $"/{path}/namespaces/{{namespace}}/{kind.Plural}/{{name}}" : $"/{path}/{kind.Plural}/{{name}}";

    private static JsonObject Item(ResourceKind kind) => new()
    {
        ["patch"] = new JsonObject
        {
            ["operationId"] = $"patch{kind.Kind}",
            ["parameters"] = new JsonArray(Parameter("dryRun"), Parameter("fieldManager"), Parameter("fieldValidation"), Parameter("force")),
            ["responses"] = new JsonObject { ["200"] = new JsonObject { ["description"] = "OK" } },
            ["x-kubernetes-action"] = "patch",
            ["x-kubernetes-group-version-kind"] = new JsonObject { ["group"] = kind.Group, ["kind"] = kind.Kind, ["version"] = kind.Version },
        },
    };

    private static JsonObject Parameter(string name) => new()
    {
        ["name"] = name,
        ["in"] = "query",
        ["schema"] = new JsonObject { ["type"] = "string", ["uniqueItems"] = true },
    };
}
