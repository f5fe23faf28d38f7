using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Gateway.Api.OpenApi;

/// <summary>Adds each <see cref="DescribedBody"/> to the description of its endpoint, and its example to the document.</summary>
internal sealed class DescribedBodies : IApiDescriptionProvider, IOpenApiOperationTransformer
{
    private static readonly EmptyModelMetadataProvider Models = new();

    // After the platform's own provider, which describes the endpoints.
    public int Order => 0;

    public void OnProvidersExecuting(ApiDescriptionProviderContext context)
    {
        foreach (var description in context.Results)
        {
            if (Find(description) is not { } body)
                continue;
            description.ParameterDescriptions.Add(new ApiParameterDescription
            {
                Name = "body",
                Source = BindingSource.Body,
                Type = body.Type,
                ModelMetadata = Models.GetMetadataForType(body.Type),
                IsRequired = true,
            });
            foreach (var mediaType in body.MediaTypes)
                description.SupportedRequestFormats.Add(new ApiRequestFormat { MediaType = mediaType });
        }
    }

    public void OnProvidersExecuted(ApiDescriptionProviderContext context)
    {
    }

    public Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        if (Find(context.Description) is { } body)
        {
            foreach (var mediaType in body.MediaTypes)
                operation.RequestBody!.Content![mediaType].Example = body.Example.DeepClone();
        }

        return Task.CompletedTask;
    }

    private static DescribedBody? Find(ApiDescription description) =>
        description.ActionDescriptor.EndpointMetadata?.OfType<DescribedBody>().SingleOrDefault();
}
