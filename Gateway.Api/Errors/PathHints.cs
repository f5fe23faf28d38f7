namespace Gateway.Api.Errors;

/// <summary>What someone who asked for a path that does not exist most likely meant: a path without its namespace, or one of another registry.</summary>
internal static class PathHints
{
    private const string Native = "/docs/migrating.md shows the calls of this registry.";

    private static readonly (string Prefix, string Registry)[] Foreign =
    [
        ("/eureka", "Eureka"), ("/apps", "Eureka"), ("/vips", "Eureka"),
        ("/v1/agent", "Consul"), ("/v1/catalog", "Consul"), ("/v1/health", "Consul"), ("/v1/status", "Consul"), ("/v1/kv", "Consul"),
        ("/nacos", "Nacos"),
    ];

    /// <summary>A sentence after a space; "": nothing comes to mind.</summary>
    public static string Of(string path)
    {
        foreach (var (prefix, registry) in Foreign)
        {
            if (IsBelow(path, prefix))
                return $" It is a path of {registry}, which is not served here; {Native}";
        }

        return path.Split('/', StringSplitOptions.RemoveEmptyEntries) switch
        {
            ["v1", "services", _, ..] => " A service is looked up in its namespace: /v1/namespaces/{ns}/services/{name}/instances.",
            ["v1", "namespaces", _, "services", _] => " Add /instances, /pick, /watch or /dns.",
            ["v1", "namespaces", _, "services"] => " Services of a namespace are listed at /v1/services?namespace={ns}.",
            ["v1", "namespaces", _, "instances" or "pick" or "watch", ..] => " The service is missing: /v1/namespaces/{ns}/services/{name}/instances.",
            ["registrations" or "services" or "namespaces" or "watch", ..] => $" Paths begin with /v1: /v1{path}.",
            ["v1", ..] => " /docs/api.md shows every call.",
            _ => "",
        };
    }

    private static bool IsBelow(string path, string prefix) =>
        path.StartsWith(prefix, StringComparison.Ordinal) && (path.Length == prefix.Length || path[prefix.Length] == '/');
}
