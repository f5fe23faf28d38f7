using Gateway.Api.Errors;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Gateway.Api.OpenApi;

/// <summary>Every operation's problem answers: RFC 9457 documents with a stable <c>code</c>, one schema for all.</summary>
internal sealed class ProblemAnswers : IOpenApiOperationTransformer
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
        ("413", "body-too-large, annotations-full"), ("415", "unsupported-media-type"), ("422", "invalid-registration, not-watched, leases-off"),
        ("429", "rate-limited (with Retry-After)"), ("502", "cluster-refused"),
        ("503", "not-synced, api-server-unavailable, overloaded (with Retry-After)"),
    ];

    public Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        if (context.Description.RelativePath?.StartsWith("v1/", StringComparison.Ordinal) != true)
            return Task.CompletedTask;
        operation.Responses ??= [];
        foreach (var (status, meaning) in context.Description.HttpMethod == "GET" ? Reads : Writes)
        {
            operation.Responses.TryAdd(status, new OpenApiResponse
            {
                Description = meaning,
                Content = new Dictionary<string, OpenApiMediaType> { [ProblemJson.MediaType] = new() { Schema = Problem() } },
            });
        }

        return Task.CompletedTask;
    }

    private static OpenApiSchema Problem() => new()
    {
        Type = JsonSchemaType.Object,
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["type"] = new OpenApiSchema { Type = JsonSchemaType.String },
            ["title"] = new OpenApiSchema { Type = JsonSchemaType.String },
            ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer },
            ["detail"] = new OpenApiSchema { Type = JsonSchemaType.String },
            ["code"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "Stable; see the contract." },
            ["errors"] = new OpenApiSchema { Type = JsonSchemaType.Array, Items = new OpenApiSchema { Type = JsonSchemaType.Object } },
        },
    };
}
