using System.Reflection;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Gateway.Api.OpenApi;

/// <summary>Says of the described types what the platform leaves out: that enums are texts, and which maps have null values.</summary>
internal sealed class SchemaTransformer : IOpenApiSchemaTransformer
{
    private const string RefDescription = "x-ref-description";

    public async Task TransformAsync(
        OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        if (schema.Enum is { Count: > 0 } names)
            await DescribeEnumAsync(schema, names, context, cancellationToken);
        if (schema.AdditionalProperties is OpenApiSchema values && context.JsonPropertyInfo?.AttributeProvider is PropertyInfo map
            && HasNullValues(map))
            values.Type |= JsonSchemaType.Null;
    }

    /// <summary>The comment of a property, also where the property refers to a component, whose own comment is in its schema.</summary>
    public static string? CommentOf(OpenApiSchema property) =>
        property.Metadata?.TryGetValue(RefDescription, out var comment) == true ? comment as string : property.Description;

    // The component of an enum may be made of the first property that has it, which may be nullable; the property itself says so then.
    private static async Task DescribeEnumAsync(
        OpenApiSchema schema, IList<JsonNode> names, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        schema.Type = JsonSchemaType.String;
        schema.Enum = [.. names.Where(static name => name is not null && !name.IsJsonNullSentinel())];
        if (Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) is { } type)
            schema.Description = (await context.GetOrCreateSchemaAsync(type, null, cancellationToken)).Description;
    }

    private static bool HasNullValues(PropertyInfo map) =>
        new NullabilityInfoContext().Create(map).GenericTypeArguments is [_, { ReadState: NullabilityState.Nullable }];
}
