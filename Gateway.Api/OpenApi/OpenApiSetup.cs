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
    private const string Path = $"/openapi/{DocumentBytes.Name}.json";

    public static void AddGatewayOpenApi(this IServiceCollection services)
    {
        // Numbers are numbers: by default the described types would allow them as text.
        services.ConfigureHttpJsonOptions(static json => json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict);
        services.TryAddEnumerable(ServiceDescriptor.Transient<IApiDescriptionProvider, DescribedBodies>());
        services.AddSingleton<DocumentBytes>();
        services.AddOpenApi(DocumentBytes.Name, static options =>
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
        app.MapMethods(Path, [HttpMethods.Get, HttpMethods.Head], static async (DocumentBytes document) => Results.Bytes(await document.ReadAsync(), "application/json; charset=utf-8"))
            .ExcludeFromDescription();
        // A step of their own, so that a stream does not wait in theirs.
        app.UseWhen(static context => context.Request.Path.StartsWithSegments("/swagger"), static pages =>
        {
            pages.UseMiddleware<HeadOfPages>();
            pages.UseSwaggerUI(static ui =>
            {
                ui.RoutePrefix = "swagger";
                ui.DocumentTitle = "Kubernetes Registry Gateway";
                ui.SwaggerEndpoint(Path, DocumentBytes.Name);
                ui.EnableTryItOutByDefault();
                ui.DisplayRequestDuration();
                ui.DisplayOperationId();
                ui.EnablePersistAuthorization();
            });
        });
    }
}

/// <summary>The pages of Swagger UI know GET alone: HEAD is answered as GET, and the server leaves the body out.</summary>
internal sealed class HeadOfPages(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (!HttpMethods.IsHead(request.Method))
        {
            await next(context);
            return;
        }

        request.Method = HttpMethods.Get;
        try
        {
            await next(context);
        }
        finally
        {
            request.Method = HttpMethods.Head;
        }
    }
}
