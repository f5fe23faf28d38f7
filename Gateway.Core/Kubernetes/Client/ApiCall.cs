namespace Gateway.Core.Kubernetes.Client;

/// <summary>One request to the API server; it can be sent again.</summary>
/// <param name="Verb">The verb in terms of RBAC: get, list, watch, create, update, patch.</param>
/// <param name="Resource">The plural of the kind.</param>
/// <param name="PathAndQuery">Relative to the API server's address.</param>
internal sealed record ApiCall(HttpMethod Method, string Verb, string Resource, string PathAndQuery)
{
    public string Accept { get; init; } = "application/json";
    public ReadOnlyMemory<byte>? Content { get; init; }
    public string ContentType { get; init; } = "application/json";

    /// <summary>Changes an object in the cluster (reviews and dry runs do not).</summary>
    public bool IsWrite { get; init; }

    /// <summary>Uses the connections for lists and watches.</summary>
    public bool IsFollowing => Verb is "list" or "watch";

    public override string ToString() => $"{Verb} {Resource}";
}
