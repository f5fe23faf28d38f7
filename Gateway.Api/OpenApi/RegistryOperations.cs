using System.Text.Json.Nodes;
using Gateway.Api.Errors;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Gateway.Api.OpenApi;

/// <summary>Puts <see cref="OperationDocuments"/> into the OpenAPI document: the handlers take bare requests, which describe nothing by themselves.</summary>
internal sealed class RegistryOperations : IOpenApiDocumentTransformer
{
    private static readonly (string Status, string Meaning)[] Reads =
    [
        ("400", "malformed-json, invalid-parameter"), ("401", "unauthenticated, token-expired"), ("403", "forbidden"),
        ("404", "not-found"), ("503", "not-synced, overloaded, no-instance (with Retry-After)"), ("504", "revision-not-reached"),
    ];

    private static readonly (string Status, string Meaning)[] Writes =
    [
        ("400", "malformed-json, invalid-parameter"),
        ("401", "unauthenticated, token-expired, pod-required, untrusted-proxy, ambiguous-address"),
        ("403", "forbidden, name-reserved, pod-gone"), ("404", "not-found"), ("409", "conflict, pod-terminating, no-lease"),
        ("413", "body-too-large, annotations-full"), ("415", "unsupported-media-type"), ("422", "invalid-registration, invalid-metadata, not-watched, leases-off"),
        ("429", "rate-limited (with Retry-After)"), ("502", "cluster-refused"),
        ("503", "not-synced, api-server-unavailable, overloaded (with Retry-After)"),
    ];

    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        foreach (var operation in OperationDocuments.All)
        {
            if (!document.Paths.TryGetValue(operation.Path, out var path))
                document.Paths[operation.Path] = path = new OpenApiPathItem();
            ((OpenApiPathItem)path).AddOperation(new HttpMethod(operation.Method), Describe(operation, document));
        }

        return Task.CompletedTask;
    }

    private static OpenApiOperation Describe(OperationDocument operation, OpenApiDocument document)
    {
        document.Tags ??= new HashSet<OpenApiTag>();
        document.Tags.Add(new OpenApiTag { Name = operation.Tag });
        var described = new OpenApiOperation
        {
            Summary = operation.Summary,
            OperationId = $"{operation.Method.ToLowerInvariant()}{operation.Path.Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal).Replace('/', '-')}",
            Tags = new HashSet<OpenApiTagReference> { new(operation.Tag, document) },
            Parameters = [.. operation.Parameters.Select(Describe)],
            Responses = new OpenApiResponses { [operation.Answer.Status] = Success(operation) },
        };
        if (operation.Bodies.Count > 0)
        {
            described.RequestBody = new OpenApiRequestBody
            {
                Required = true,
                Content = operation.Bodies.ToDictionary(static body => body.Key, static body => new OpenApiMediaType
                {
                    Schema = new OpenApiSchema { Type = JsonSchemaType.Object },
                    Example = body.Key.EndsWith("json", StringComparison.Ordinal) ? JsonNode.Parse(body.Value) : JsonValue.Create(body.Value),
                }),
            };
        }

        foreach (var (status, meaning) in operation.Method == "GET" ? Reads : Writes)
            described.Responses.TryAdd(status, Problem(meaning));
        return described;
    }

    private static IOpenApiParameter Describe(ParameterDocument parameter) => new OpenApiParameter
    {
        Name = parameter.Name,
        Description = parameter.Meaning,
        In = parameter.In switch { "path" => ParameterLocation.Path, "header" => ParameterLocation.Header, _ => ParameterLocation.Query },
        Required = parameter.In == "path",
        Schema = parameter.IsRepeatable
            ? new OpenApiSchema { Type = JsonSchemaType.Array, Items = new OpenApiSchema { Type = JsonSchemaType.String } }
            : new OpenApiSchema { Type = JsonSchemaType.String },
        Example = parameter.Example is null ? null : parameter.IsRepeatable ? new JsonArray(parameter.Example) : JsonValue.Create(parameter.Example),
    };

    private static OpenApiResponse Success(OperationDocument operation) => new()
    {
        Description = operation.Answer.Meaning,
        Content = operation.Answer.Status == "204"
            ? null
            : new Dictionary<string, OpenApiMediaType> { [operation.MediaType] = new() { Schema = new OpenApiSchema { Type = operation.MediaType == "application/json" ? JsonSchemaType.Object : JsonSchemaType.String } } },
    };

    private static OpenApiResponse Problem(string meaning) => new()
    {
        Description = meaning,
        Content = new Dictionary<string, OpenApiMediaType>
        {
            [ProblemJson.MediaType] = new()
            {
                Schema = new OpenApiSchema
                {
                    Type = JsonSchemaType.Object,
                    Properties = new Dictionary<string, IOpenApiSchema>
                    {
                        ["type"] = new OpenApiSchema { Type = JsonSchemaType.String },
                        ["title"] = new OpenApiSchema { Type = JsonSchemaType.String },
                        ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer },
                        ["code"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "Stable; what programs decide by." },
                        ["detail"] = new OpenApiSchema { Type = JsonSchemaType.String },
                        ["errors"] = new OpenApiSchema { Type = JsonSchemaType.Array, Items = new OpenApiSchema { Type = JsonSchemaType.Object } },
                    },
                },
            },
        },
    };
}
