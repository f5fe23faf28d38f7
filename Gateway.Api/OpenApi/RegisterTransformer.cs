using System.Text.Json.Nodes;
using Gateway.Api.OpenApi.Schemas;
using Gateway.Api.Requests;
using Gateway.Core.Annotations.Records;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Gateway.Api.OpenApi;

/// <summary>
/// What types cannot say of <c>POST /v1/registrations</c>: a ready Dubbo URL, an array of registrations (answered by a list) and form fields are
/// taken as well. Of alternatives the plain one comes first, since some generators know no alternatives and take the first.
/// </summary>
internal static class RegisterTransformer
{
    private const string FormExample = "namespace=shop&pod=carts-1&service=com.example.PriceService&port=8080&metadata.lane=blue";

    public static async Task TransformAsync(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var json = operation.RequestBody!.Content![MediaTypes.Json];
        IOpenApiSchema[] one = [json.Schema!, await context.NameAsync(typeof(DubboUrlRegistration), cancellationToken)];
        var many = new OpenApiSchema
        {
            Type = JsonSchemaType.Array,
            Items = new OpenApiSchema { OneOf = one },
            MinItems = 1,
            MaxItems = RegistrationRules.MaxItems,
        };
        json.Schema = new OpenApiSchema { OneOf = [.. one, many] };
        operation.RequestBody.Content[MediaTypes.Form] = new OpenApiMediaType
        {
            Schema = new OpenApiSchema
            {
                OneOf =
                [
                    await context.NameAsync(typeof(Schemas.RegistrationForm), cancellationToken),
                    await context.NameAsync(typeof(DubboUrlForm), cancellationToken),
                ],
            },
            Example = JsonValue.Create(FormExample),
        };

        var renewed = operation.Responses!["200"].Content![MediaTypes.Json];
        renewed.Schema = new OpenApiSchema { OneOf = [operation.Responses["201"].Content![MediaTypes.Json].Schema!, renewed.Schema!] };
    }
}
