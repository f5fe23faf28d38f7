using Gateway.Emulator.Authentication;
using Gateway.Emulator.Storage;
using Microsoft.Extensions.Primitives;

namespace Gateway.Emulator.Http;

/// <summary>One request for objects of a kind: its path and query as parsed, and its user.</summary>
internal sealed class ApiRequest(HttpContext context, ObservedRequest observed, ResourcePath path, UserInfo user, int server)
{
    public HttpContext Context { get; } = context;
    public ObservedRequest Observed { get; } = observed;
    public ResourcePath Path { get; } = path;
    public UserInfo User { get; } = user;

    /// <summary>Which of the cluster's API servers was asked.</summary>
    public int Server { get; } = server;

    public ResourceKind Kind => Path.Kind;

    /// <summary>The verb as RBAC names it.</summary>
    public string Verb { get; } = VerbOf(context.Request, path);

    public bool IsWatch => Verb == "watch";

    public bool IsDryRun => Query("dryRun") == "All";

    /// <summary>
    /// The manager that <c>managedFields</c> records: the parameter <c>fieldManager</c>, else the first part of the user agent.
    /// </summary>
    public string Manager
    {
        get
        {
            if (Query("fieldManager") is { Length: > 0 } manager)
                return manager;
            var agent = Observed.UserAgent;
            var end = agent.IndexOf('/');
            return end > 0 ? agent[..end] : "unknown";
        }
    }

    public string? Query(string name) => Context.Request.Query.TryGetValue(name, out StringValues values) ? values[^1] : null;

    private static string VerbOf(HttpRequest request, ResourcePath path)
    {
        switch (request.Method)
        {
            case "GET" or "HEAD":
                var asks = path.Name.Length == 0 && request.Query["watch"] is [.., "1" or "true" or "True"];
                return path.IsWatchPath || asks ? "watch" : path.Name.Length == 0 ? "list" : "get";
            case "POST":
                return "create";
            case "PUT":
                return "update";
            case "PATCH":
                return "patch";
            case "DELETE":
                return path.Name.Length == 0 ? "deletecollection" : "delete";
            default:
                return request.Method.ToLowerInvariant();
        }
    }
}
