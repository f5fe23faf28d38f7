using Gateway.Api.Errors;
using Microsoft.OpenApi;

namespace Gateway.Api.OpenApi;

/// <summary>The OpenAPI document at <c>/openapi/v1.json</c> and the Swagger UI over it at <c>/swagger</c>.</summary>
internal static class OpenApiSetup
{
    public static void AddGatewayOpenApi(this IServiceCollection services) => services.AddOpenApi("v1", static options =>
    {
        options.AddDocumentTransformer(static (document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "Kubernetes Registry Gateway",
                Version = "v1",
                Description =
                    "Register, look up and subscribe over plain HTTP. Registrations live in the annotations of the caller's own pod. "
                    + "The examples work against the demo cluster of `dotnet run --project Gateway.Api`.",
            };
            document.Servers = [];
            return Task.CompletedTask;
        });
        options.AddOperationTransformer<ProblemAnswers>();
    });

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
