namespace Gateway.Api.OpenApi;

/// <summary>What the OpenAPI document says about one operation. The examples work against the demo cluster.</summary>
/// <param name="Method">GET, POST, PUT, PATCH or DELETE.</param>
/// <param name="Path">As a template, below the root.</param>
/// <param name="Tag">The group it stands in.</param>
/// <param name="Summary">One sentence.</param>
/// <param name="Answer">Status of success and what it holds.</param>
internal sealed record OperationDocument(string Method, string Path, string Tag, string Summary, (string Status, string Meaning) Answer)
{
    public IReadOnlyList<ParameterDocument> Parameters { get; init; } = [];

    /// <summary>Example bodies by media type; none: the operation takes no body.</summary>
    public IReadOnlyDictionary<string, string> Bodies { get; init; } = new Dictionary<string, string>();

    /// <summary>application/json, or text/event-stream for streams.</summary>
    public string MediaType { get; init; } = "application/json";
}
