using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Gateway.Tests.EndToEnd;
using NJsonSchema;
using NSwag;

namespace Gateway.Tests.OpenApi;

/// <summary>
/// The OpenAPI document of a running gateway, to compare its answers with. Strict both ways: a member that the document does not name is a fault,
/// and so is a required one that an answer lacks.
/// </summary>
internal sealed class DescribedApi
{
    // What Dubbo's SDKs say of themselves has further members, which are kept as they are.
    private static readonly string[] Open = ["DubboMetadata", "DubboService"];

    private readonly OpenApiDocument _document;

    private DescribedApi(JsonNode json, OpenApiDocument document)
    {
        (Json, _document) = (json, document);
        foreach (var (name, schema) in document.Components.Schemas)
        {
            if (schema.Type.HasFlag(JsonObjectType.Object) && !Open.Contains(name))
                schema.AllowAdditionalProperties = false;
        }
    }

    public JsonNode Json { get; }

    /// <summary>The operations of the registry itself.</summary>
    public IEnumerable<DescribedOperation> Operations => All.Where(static one => one.Path.StartsWith("/v1/", StringComparison.Ordinal));

    /// <summary>Probes and metrics as well.</summary>
    public IEnumerable<DescribedOperation> All =>
        from path in _document.Paths
        from operation in path.Value
        select new DescribedOperation(operation.Key.ToUpperInvariant(), path.Key, operation.Value, Json["paths"]![path.Key]![operation.Key]!);

    public static async Task<DescribedApi> ReadAsync(HttpClient http) =>
        await ParseAsync(await http.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative)).Within());

    public static async Task<DescribedApi> ParseAsync(string json) =>
        new(JsonNode.Parse(json)!, await OpenApiDocument.FromJsonAsync(json, TestContext.Current.CancellationToken));

    public JsonNode Schema(string name) => Json["components"]!["schemas"]![name].ShouldNotBeNull(name);

    public DescribedOperation? Find(HttpRequestMessage request) =>
        All.SingleOrDefault(one => one.Method == request.Method.Method && one.IsAt(request.RequestUri!.AbsolutePath));

    /// <summary>What of an answer is not as the document says; empty where all is.</summary>
    public static IEnumerable<string> FaultsOf(DescribedOperation operation, HttpRequestMessage request, HttpResponseMessage answer, string text)
    {
        var status = ((int)answer.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (!operation.Operation.Responses.TryGetValue(status, out var described))
            return [$"{status} is not described: {text}"];
        var faults = described.Headers.Where(header => header.Value.IsRequired && !answer.Headers.Contains(header.Key)).Select(static header => $"no header {header.Key}").ToList();
        var mediaType = answer.Content.Headers.ContentType?.MediaType;
        if (described.Content.Count == 0)
            faults.AddRange(text.Length > 0 ? [$"a body: {text}"] : []);
        else if (mediaType is null || !described.Content.TryGetValue(mediaType, out var content))
            faults.Add($"{mediaType} is not described");
        else if (mediaType.EndsWith("json", StringComparison.Ordinal))
            faults.AddRange(Validate(content.Schema, text));
        if (mediaType == "application/problem+json" && (string?)JsonNode.Parse(text)!["code"] is var code && !described.Description.Split(", ").Contains(code))
            faults.Add($"{code} is not among {described.Description}");
        if (answer.IsSuccessStatusCode)
            faults.AddRange(operation.UnknownParametersOf(request).Select(static name => $"{name} is not described, but taken"));
        return faults;
    }

    public IEnumerable<string> FaultsOf(DescribedOperation operation, ReceivedEvent received)
    {
        var schemas = operation.Json["responses"]!["200"]!["content"]!["text/event-stream"]!["x-server-sent-events"]!;
        return (string?)schemas[received.Name]?["$ref"] is { } reference
            ? Validate(_document.Components.Schemas[reference.Split('/')[^1]], received.Data.ToJsonString())
            : [$"{received.Name} is not described"];
    }

    /// <summary>What of a body is not as the document says.</summary>
    public static IEnumerable<string> FaultsOf(DescribedOperation operation, string mediaType, string body) =>
        operation.Operation.RequestBody?.Content.TryGetValue(mediaType, out var content) != true ? [$"{mediaType} is not described"]
        : mediaType.EndsWith("json", StringComparison.Ordinal) ? Validate(content!.Schema, body)
        : FieldsOf(body).Where(static name => !name.StartsWith("metadata.", StringComparison.Ordinal))
            .Except(content!.Schema.OneOf.SelectMany(static one => one.ActualSchema.Properties.Keys)).Select(static name => $"{name} is not described");

    private static IEnumerable<string> FieldsOf(string form) => form.Split('&').Select(static field => field.Split('=')[0]);

    private static IEnumerable<string> Validate(JsonSchema schema, string text) =>
        schema.Validate(text, SchemaType.OpenApi3).Select(fault => $"{fault} in {text}");
}

/// <summary>One operation: as NSwag reads it, and as it is written.</summary>
internal sealed record DescribedOperation(string Method, string Path, OpenApiOperation Operation, JsonNode Json)
{
    public string Id => Operation.OperationId;

    public IEnumerable<string> QueryParameters =>
        Operation.Parameters.Where(static one => one.Kind == OpenApiParameterKind.Query).Select(static one => one.Name);

    public bool IsAt(string path) =>
        Regex.IsMatch(path, "^" + string.Join('/', Path.Split('/').Select(static part => part.StartsWith('{') ? "[^/]+" : Regex.Escape(part))) + "$");

    public IEnumerable<string> UnknownParametersOf(HttpRequestMessage request) =>
        request.RequestUri!.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Select(static one => Uri.UnescapeDataString(one.Split('=')[0])).Except(QueryParameters);

    /// <summary>The path, its parameters replaced by their examples.</summary>
    /// <summary>The required parameters of the query, each followed by <c>&amp;</c>.</summary>
    public string RequiredQuery() => string.Concat((Json["parameters"]?.AsArray() ?? [])
        .Where(static one => (string?)one!["in"] == "query" && (bool?)one["required"] == true).Select(static one => $"{one!["name"]}={one["example"]}&"));

    public string ExamplePath() => Json["parameters"]?.AsArray().Where(static one => (string?)one!["in"] == "path")
        .Aggregate(Path, static (path, one) => path.Replace($"{{{one!["name"]}}}", one["example"]!.ToString(), StringComparison.Ordinal)) ?? Path;
}
