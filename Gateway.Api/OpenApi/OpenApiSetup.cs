using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Gateway.Api.OpenApi;

/// <summary>
/// The OpenAPI document at <c>/openapi/v1.json</c> and the Swagger UI over it at <c>/swagger</c>. The document is made of the metadata of the
/// routes and of the described types; descriptions and examples are the comments of those types.
/// </summary>
internal static class OpenApiSetup
{
    public static void AddGatewayOpenApi(this IServiceCollection services)
    {
        // Numbers are numbers: by default the described types would allow them as text.
        services.ConfigureHttpJsonOptions(static json => json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict);
        services.TryAddEnumerable(ServiceDescriptor.Transient<IApiDescriptionProvider, DescribedBodies>());
        services.AddOpenApi("v1", static options =>
        {
            // HEAD is answered wherever GET is; saying so of each would double the document.
            options.ShouldInclude = static description => description.HttpMethod != HttpMethods.Head;
            options.AddSchemaTransformer<SchemaTransformer>();
            options.AddOperationTransformer<ParameterTransformer>();
            options.AddOperationTransformer<DescribedBodies>();
            options.AddOperationTransformer<EventTransformer>();
            options.AddOperationTransformer<AnswerTransformer>();
            options.AddDocumentTransformer<DocumentTransformer>();
        });
    }

    public static void MapGatewayOpenApi(this WebApplication app)
    {
        app.MapOpenApi("/openapi/{documentName}.json");
        app.UseSwaggerUI(static ui =>
        {
            ui.RoutePrefix = "swagger";
            ui.DocumentTitle = "Kubernetes Registry Gateway";
            ui.SwaggerEndpoint("/openapi/v1.json", "v1");
            ui.EnableTryItOutByDefault();
            ui.DisplayRequestDuration();
        });
    }
}
