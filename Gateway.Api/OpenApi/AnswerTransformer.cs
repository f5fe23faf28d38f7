using System.Globalization;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;

namespace Gateway.Api.OpenApi;

/// <summary>Puts the answers in the order of their status, with the words of their route, and describes their headers.</summary>
internal sealed class AnswerTransformer : IOpenApiOperationTransformer
{
    private const string Revision = "X-Registry-Revision";
    private const string Stale = "X-Registry-Stale";

    public Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var isConditional = operation.Responses!.ContainsKey("304");
        var isOfRegistry = context.Description.RelativePath!.StartsWith("v1/", StringComparison.Ordinal);
        var answers = new OpenApiResponses();
        foreach (var (status, answer) in operation.Responses.OrderBy(static one => one.Key, StringComparer.Ordinal))
        {
            answer.Description = DescriptionOf(status, context) ?? answer.Description;
            AddHeaders((OpenApiResponse)answer, status, isOfRegistry, isConditional);
            answers[status] = answer;
        }

        operation.Responses = answers;
        return Task.CompletedTask;
    }

    private static string? DescriptionOf(string status, OpenApiOperationTransformerContext context) =>
        context.Description.ActionDescriptor.EndpointMetadata.OfType<IProducesResponseTypeMetadata>()
            .LastOrDefault(one => one.StatusCode.ToString(CultureInfo.InvariantCulture) == status)?.Description;

    private static void AddHeaders(OpenApiResponse answer, string status, bool isOfRegistry, bool isConditional)
    {
        if (status is "429" or "503" && isOfRegistry)
            Add(answer, HeaderNames.RetryAfter, JsonSchemaType.Integer, "Seconds after which the call is worth repeating.", isAlways: true);
        if (status is "201")
            Add(answer, HeaderNames.Location, JsonSchemaType.String, "The path of the registration.", isAlways: true);
        if (status is "200" or "304" && isConditional)
            Add(answer, HeaderNames.ETag, JsonSchemaType.String, "For `If-None-Match`; weak, equal on every replica.", isAlways: true);
        if (status is "200" && isConditional)
            Add(answer, HeaderNames.Link, JsonSchemaType.String, "Of an empty list: where the gateway explains why (`rel=\"help\"`).");
        if (status is "200" or "201" or "304" && isOfRegistry)
        {
            Add(answer, Revision, JsonSchemaType.String, "The snapshot that answered.", isAlways: true);
            Add(answer, Stale, JsonSchemaType.String, "`true` while the gateway has lost the API server.");
        }
    }

    private static void Add(OpenApiResponse answer, string name, JsonSchemaType type, string description, bool isAlways = false) =>
        (answer.Headers ??= new Dictionary<string, IOpenApiHeader>())[name] =
            new OpenApiHeader { Description = description, Required = isAlways, Schema = new OpenApiSchema { Type = type } };
}
