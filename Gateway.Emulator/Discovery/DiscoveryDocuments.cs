using System.Text.Json.Nodes;
using Gateway.Emulator.Reviews;
using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Discovery;

/// <summary>The discovery documents: versions, groups, and the resources of each.</summary>
internal static class DiscoveryDocuments
{
    private static readonly string[] AllVerbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
    private static readonly string[] StatusVerbs = ["get", "patch", "update"];
    private static readonly string[] CreateOnly = ["create"];

    public static JsonObject Versions(string host) => new()
    {
        ["kind"] = "APIVersions",
        ["versions"] = new JsonArray("v1"),
        ["serverAddressByClientCIDRs"] = new JsonArray(new JsonObject { ["clientCIDR"] = "0.0.0.0/0", ["serverAddress"] = host }),
    };

    public static JsonObject Groups() => new()
    {
        ["kind"] = "APIGroupList",
        ["apiVersion"] = "v1",
        ["groups"] = new JsonArray([.. GroupNames().Select(static name => Group(name, named: false))]),
    };

    /// <summary>The document at a path below <c>/api</c> or <c>/apis</c>; null when there is none.</summary>
    public static JsonObject? Find(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries) switch
    {
        ["api", "v1"] => Resources(""),
        ["apis", var group] when GroupNames().Contains(group) => Group(group, named: true),
        ["apis", var group, "v1"] when GroupNames().Contains(group) => Resources(group),
        _ => null,
    };

    public static IReadOnlyList<string> GroupNames() =>
    [
        .. ResourceKinds.All.Select(static kind => kind.Group).Concat(ReviewPath.All.Select(static review => review.Group))
            .Where(static group => group.Length > 0).Distinct().Order(StringComparer.Ordinal),
    ];

    private static JsonObject Group(string name, bool named)
    {
        JsonObject Version() => new() { ["groupVersion"] = name + "/v1", ["version"] = "v1" };
        var group = named ? new JsonObject { ["kind"] = "APIGroup", ["apiVersion"] = "v1" } : [];
        group["name"] = name;
        group["versions"] = new JsonArray(Version());
        group["preferredVersion"] = Version();
        return group;
    }

    private static JsonObject Resources(string group)
    {
        var resources = ResourceKinds.All.Where(kind => kind.Group == group).SelectMany(Entries)
            .Concat(ReviewPath.All.Where(review => review.Group == group).Select(Entry))
            .OrderBy(static entry => (string)entry["name"]!, StringComparer.Ordinal);
        return new JsonObject
        {
            ["kind"] = "APIResourceList",
            ["apiVersion"] = "v1",
            ["groupVersion"] = group.Length == 0 ? "v1" : group + "/v1",
            ["resources"] = new JsonArray([.. resources]),
        };
    }

    private static IEnumerable<JsonObject> Entries(ResourceKind kind)
    {
        var entry = Entry(kind.Plural, kind.Singular, kind.Namespaced, kind.Kind, AllVerbs);
        if (kind.ShortNames.Count > 0)
            entry["shortNames"] = Texts(kind.ShortNames);
        if (kind.Categories.Count > 0)
            entry["categories"] = Texts(kind.Categories);
        entry["storageVersionHash"] = kind.StorageVersionHash;
        yield return entry;
        if (kind.HasStatus)
            yield return Entry(kind.Plural + "/status", "", kind.Namespaced, kind.Kind, StatusVerbs);
        if (kind == ResourceKinds.ServiceAccounts)
        {
            var token = Entry(kind.Plural + "/token", "", true, "TokenRequest", CreateOnly);
            token["group"] = ReviewPath.Authentication;
            token["version"] = "v1";
            yield return token;
        }
    }

    private static JsonObject Entry(ReviewPath review) => Entry(review.Plural, review.Kind.ToLowerInvariant(), false, review.Kind, CreateOnly);

    private static JsonObject Entry(string name, string singular, bool namespaced, string kind, IReadOnlyList<string> verbs) => new()
    {
        ["name"] = name,
        ["singularName"] = singular,
        ["namespaced"] = namespaced,
        ["kind"] = kind,
        ["verbs"] = Texts(verbs),
    };

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(static one => JsonValue.Create(one))]);
}
