using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Authorization;

/// <summary>Decides by the stored Roles, ClusterRoles and their bindings. Nothing is cached: every request reads them again.</summary>
internal sealed class RbacAuthorizer(ObjectStorage storage)
{
    private static readonly string[] PublicPaths = ["/healthz", "/livez", "/readyz", "/version"];
    private static readonly string[] DiscoveryPaths = ["/api", "/apis", "/openapi"];

    public bool Allows(AccessRequest request)
    {
        if (request.User.Groups.Contains("system:masters"))
            return true;
        if (request.Path is { } path)
            return IsUnder(path, PublicPaths) || (IsAuthenticated(request) && IsUnder(path, DiscoveryPaths)) || GrantsPath(request, path);
        if (IsAuthenticated(request) && request is { Group: "authorization.k8s.io", Resource: "selfsubjectaccessreviews", Verb: "create" })
            return true;
        return RulesFor(request).Any(rule => Grants(rule, request));
    }

    private bool GrantsPath(AccessRequest request, string path) =>
        RulesFor(request with { Namespace = "" }).Any(rule => Has(rule, "verbs", request.Verb) && Texts(rule, "nonResourceURLs")
            .Any(url => url == path || url == "*" || (url.EndsWith('*') && path.StartsWith(url[..^1], StringComparison.Ordinal))));

    private IEnumerable<JsonObject> RulesFor(AccessRequest request)
    {
        foreach (var binding in storage.List(ResourceKinds.ClusterRoleBindings))
        {
            if (Binds(binding, request))
            {
                foreach (var rule in RulesOf(binding))
                    yield return rule;
            }
        }
        if (request.Namespace.Length == 0)
            yield break;
        foreach (var binding in storage.List(ResourceKinds.RoleBindings).In(request.Namespace))
        {
            if (Binds(binding, request))
            {
                foreach (var rule in RulesOf(binding))
                    yield return rule;
            }
        }
    }

    private IEnumerable<JsonObject> RulesOf(StoredObject binding)
    {
        var reference = binding.Content["roleRef"];
        var name = (string?)reference?["name"] ?? "";
        var role = (string?)reference?["kind"] == "Role"
            ? storage.Get(ResourceKinds.Roles, binding.Namespace, name)
            : storage.Get(ResourceKinds.ClusterRoles, "", name);
        return (role?.Content["rules"] as JsonArray)?.OfType<JsonObject>() ?? [];
    }

    private static bool Binds(StoredObject binding, AccessRequest request) =>
        (binding.Content["subjects"] as JsonArray ?? []).OfType<JsonObject>().Any(subject => (string?)subject["kind"] switch
        {
            "User" => (string?)subject["name"] == request.User.Name,
            "Group" => request.User.Groups.Contains((string?)subject["name"] ?? ""),
            "ServiceAccount" => request.User.Name ==
                $"system:serviceaccount:{(string?)subject["namespace"] ?? binding.Namespace}:{(string?)subject["name"]}",
            _ => false,
        });

    private static bool Grants(JsonObject rule, AccessRequest request) =>
        Has(rule, "verbs", request.Verb) && Has(rule, "apiGroups", request.Group) && HasResource(rule, request.Resource)
        && (rule["resourceNames"] is not JsonArray { Count: > 0 } || (request.Name.Length > 0 && Texts(rule, "resourceNames").Contains(request.Name)));

    private static bool HasResource(JsonObject rule, string resource)
    {
        var slash = resource.IndexOf('/');
        return Texts(rule, "resources").Any(one => one == "*" || one == resource || (slash >= 0 && one == "*" + resource[slash..]));
    }

    private static bool Has(JsonObject rule, string field, string value) => Texts(rule, field).Any(one => one == "*" || one == value);

    private static IEnumerable<string> Texts(JsonObject rule, string field) =>
        (rule[field] as JsonArray)?.Select(static one => (string?)one ?? "") ?? [];

    private static bool IsAuthenticated(AccessRequest request) => request.User.Groups.Contains("system:authenticated");

    private static bool IsUnder(string path, string[] roots) =>
        roots.Any(root => path == root || path.StartsWith(root + "/", StringComparison.Ordinal));
}
