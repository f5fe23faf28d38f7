using System.Reflection;
using System.Text.Json.Serialization;
using Gateway.Api.OpenApi.Parameters;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Gateway.Api.OpenApi;

/// <summary>Turns the properties of <see cref="DescribedParameters"/> into the parameters of an operation.</summary>
internal sealed class ParameterTransformer : IOpenApiOperationTransformer
{
    public async Task TransformAsync(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        foreach (var described in context.Description.ActionDescriptor.EndpointMetadata.OfType<DescribedParameters>())
        {
            var members = await context.GetOrCreateSchemaAsync(described.Type, null, cancellationToken);
            var properties = described.Type.GetProperties();
            foreach (var (name, schema) in members.Properties ?? new Dictionary<string, IOpenApiSchema>())
            {
                var property = properties.Single(one => IsNamed(one, name));
                var parameter = Describe(name, (OpenApiSchema)schema, property, context.Description.RelativePath!, members.Required?.Contains(name) is true);
                parameter.Schema = parameter.Schema!.Named(context.Document!);
                // The comment of a property is the parameter's now; that of an enum stays with the enum.
                if (parameter.Schema is OpenApiSchema own)
                    own.Description = null;
                (operation.Parameters ??= []).Add(parameter);
            }
        }
    }

    private static OpenApiParameter Describe(string name, OpenApiSchema schema, PropertyInfo property, string path, bool isRequired)
    {
        var location = path.Contains($"{{{name}}}", StringComparison.Ordinal) ? ParameterLocation.Path
            : property.IsDefined(typeof(FromHeaderAttribute)) ? ParameterLocation.Header
            : ParameterLocation.Query;
        isRequired |= location == ParameterLocation.Path;
        var example = schema.Examples is [var first, ..] ? first : null;
        var parameter = new OpenApiParameter
        {
            Name = name,
            In = location,
            Required = isRequired,
            Description = SchemaTransformer.CommentOf(schema),
            Schema = schema,
            Example = isRequired || property.IsDefined(typeof(TryItOutAttribute)) ? example : null,
        };
        // A parameter is there or not; it is never null.
        schema.Type &= ~JsonSchemaType.Null;
        return parameter;
    }

    private static bool IsNamed(PropertyInfo property, string name) =>
        property.GetCustomAttribute<JsonPropertyNameAttribute>() is { } other
            ? other.Name == name
            : string.Equals(property.Name, name, StringComparison.OrdinalIgnoreCase);
}
