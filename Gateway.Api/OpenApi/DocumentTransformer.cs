using Gateway.Api.Operations;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Gateway.Api.OpenApi;

/// <summary>What the document says as a whole: title, groups in the order in which people need them, how callers prove who they are.</summary>
internal sealed class DocumentTransformer : IOpenApiDocumentTransformer
{
    private const string Bearer = "bearer";

    private static readonly (string Name, string Meaning)[] Tags =
    [
        ("Registrations", "What a pod says about itself."),
        ("Services", "Look services up and choose an instance."),
        ("Streams", "Changes of services as they happen."),
        ("Dubbo", "The registry as Dubbo consumers and providers use it."),
        ("Operations", "Probes and metrics."),
    ];

    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Kubernetes Registry Gateway",
            Version = "v1",
            Description =
                "Register, look up and subscribe over plain HTTP. Registrations live in the annotations of the caller's own pod. "
                + "The examples work against the demo cluster of `dotnet run --project Gateway.Api`.",
        };
        document.ExternalDocs = new OpenApiExternalDocs
        {
            Description = "The API with curl: every status, header and error code",
            Url = new Uri(DocumentPages.ApiPage, UriKind.Relative),
        };
        document.Servers = [];
        document.Tags = new HashSet<OpenApiTag>(Tags.Select(static tag => new OpenApiTag { Name = tag.Name, Description = tag.Meaning }));
        document.AddComponent(Bearer, new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            BearerFormat = "JWT",
            Description =
                "A projected service-account token with the gateway's audience. Callers without one are known by their address, "
                + "where that is switched on.",
        });
        // The empty requirement: a token is not needed everywhere.
        document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Bearer, document)] = [] }, []];
        return Task.CompletedTask;
    }
}
