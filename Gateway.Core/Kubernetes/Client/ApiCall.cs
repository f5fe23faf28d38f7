namespace Gateway.Core.Kubernetes.Client;

/// <summary>One request as it goes out; it can be sent again.</summary>
/// <param name="Verb">As the API server's authorizer calls it: get, list, watch, create, update, patch.</param>
/// <param name="Resource">The plural of the kind.</param>
/// <param name="PathAndQuery">Relative to the API server's address.</param>
internal sealed record ApiCall(HttpMethod Method, string Verb, string Resource, string PathAndQuery)
{
    public string Accept { get; init; } = "application/json";
    public ReadOnlyMemory<byte>? Content { get; init; }
    public string ContentType { get; init; } = "application/json";

    /// <summary>It would change an object of the cluster (reviews and dry runs do not).</summary>
    public bool IsWrite { get; init; }

    /// <summary>It goes over the connections of lists and watches.</summary>
    public bool IsFollowing => Verb is "list" or "watch";

    public override string ToString() => $"{Verb} {Resource}";
}
