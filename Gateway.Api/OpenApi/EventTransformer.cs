using System.Text.Json.Nodes;
using Gateway.Api.OpenApi.Schemas;
using Gateway.Api.Streaming;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Gateway.Api.OpenApi;

/// <summary>
/// Says of each stream which events it sends and what their data is (<c>x-server-sent-events</c>): to OpenAPI 3.1 a stream is one text.
/// </summary>
internal sealed class EventTransformer : IOpenApiOperationTransformer
{
    private const string Extension = "x-server-sent-events";

    private const string Meaning =
        """
        Server-Sent Events, each with an `id`. First `snapshot`, then changes: `added`, `modified`, `removed` (the instance as last sent).
        A stream of many services, or with `initial=events`, has `synced` after its first state. `stale` and `fresh`: the API server was
        lost or regained. `goaway`: this replica ends the stream; connect again. `problem`: the right to read was taken away; the last event.
        Lines that begin with `:` are comments.
        """;

    public async Task TransformAsync(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        if (context.Description.ActionDescriptor.EndpointMetadata.OfType<DescribedEvents>().SingleOrDefault() is not { } described)
            return;
        await context.NameAsync(typeof(StreamState), cancellationToken);
        await context.NameAsync(typeof(Goaway), cancellationToken);
        var events = new Dictionary<string, string>
        {
            ["snapshot"] = described.Snapshot.Name,
            ["added"] = described.Instance.Name,
            ["modified"] = described.Instance.Name,
            ["removed"] = described.Instance.Name,
            ["synced"] = nameof(StreamState),
            ["stale"] = nameof(StreamState),
            ["fresh"] = nameof(StreamState),
            ["goaway"] = nameof(Goaway),
            ["problem"] = nameof(ProblemDetails),
        };
        var schemas = new JsonObject(events.Select(static one =>
            KeyValuePair.Create(one.Key, (JsonNode?)new JsonObject { ["$ref"] = $"#/components/schemas/{one.Value}" })));
        var answer = operation.Responses!["200"].Content![EventStream.MediaType];
        answer.AddExtension(Extension, new JsonNodeExtension(schemas));
        // Generators hand out as a stream what is binary; a text they would wait for, whole.
        answer.Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary", Description = Meaning };
    }
}
