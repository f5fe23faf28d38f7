using Gateway.Core.Kubernetes.Models;
using k8s.Models;

namespace Gateway.Core.Kubernetes.Client;

/// <summary>One request to the API server; it can be sent again.</summary>
/// <param name="Verb">The verb in terms of RBAC: get, list, watch, create, update, patch.</param>
/// <param name="Resource">The plural of the kind.</param>
/// <param name="PathAndQuery">Relative to the API server's address.</param>
internal sealed record ApiCall(HttpMethod Method, string Verb, string Resource, string PathAndQuery)
{
    public string Accept { get; init; } = "application/json";

    /// <summary>JSON; null: none, or <see cref="Patch"/>.</summary>
    public ReadOnlyMemory<byte>? Content { get; init; }

    /// <summary>A patch whose content is bytes: its type names the content type.</summary>
    public V1Patch? Patch { get; init; }

    /// <summary>Changes an object in the cluster (reviews and dry runs do not).</summary>
    public bool IsWrite { get; init; }

    /// <summary>Uses the connections for lists and watches.</summary>
    public bool IsFollowing => Verb is "list" or "watch";

    public override string ToString() => $"{Verb} {Resource}";

    /// <summary>
    /// A typed call of KubernetesClient, which puts any text into the path: an empty name asks for the collection, ".." for its parent. Throws
    /// unless every part of the path is a legal name; the message does not repeat it, since it may be untrusted input.
    /// </summary>
    public static ApiCall OfTyped(HttpMethod method, string pathAndQuery)
    {
        var query = pathAndQuery.IndexOf('?');
        var parts = (query < 0 ? pathAndQuery : pathAndQuery[..query]).Split('/');
        var place = Array.IndexOf(parts, "namespaces");
        if (!parts.All(static part => ObjectNames.IsSubdomain(part)) || (place >= 0 && !(place + 2 < parts.Length && ObjectNames.IsLabel(parts[place + 1]))))
            throw new ArgumentException("A namespace or name is not legal.", nameof(pathAndQuery));

        // apis/{group}/{version}/[namespaces/{namespace}/]{plural}[/{name}], without a group for the core group.
        var plural = parts[place >= 0 ? place + 2 : parts[0] == "api" ? 2 : 3];
        var verb = VerbOf(method);
        return new(method, verb, plural, pathAndQuery) { IsWrite = verb != "get" && !plural.EndsWith("reviews", StringComparison.Ordinal) };
    }

    private static string VerbOf(HttpMethod method) => method.Method switch
    {
        "GET" => "get",
        "POST" => "create",
        "PUT" => "update",
        _ => throw new NotSupportedException($"{method} is no typed call."),
    };
}
