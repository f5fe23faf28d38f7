using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Gateway.Api.OpenApi;

/// <summary>
/// Schemas that operations refer to by name where the platform would repeat them: it names the types of bodies and answers by itself, but not
/// those that a transformer asks for.
/// </summary>
internal static class Components
{
    // The platform's note at a schema: the name under which it would be a component.
    private const string SchemaId = "x-schema-id";

    /// <summary>A reference to the schema of a type, which becomes a component with all that it holds.</summary>
    public static async Task<IOpenApiSchema> NameAsync(
        this OpenApiOperationTransformerContext context, Type type, CancellationToken cancellationToken) =>
        (await context.GetOrCreateSchemaAsync(type, null, cancellationToken)).Named(context.Document!);

    /// <summary>The schema, or a reference to it if it has a name; likewise what it holds.</summary>
    public static IOpenApiSchema Named(this IOpenApiSchema schema, OpenApiDocument document)
    {
        if (schema is not OpenApiSchema own)
            return schema;
        foreach (var (name, property) in own.Properties?.ToList() ?? [])
            own.Properties![name] = property.Named(document);
        own.Items = own.Items?.Named(document);
        if (own.Metadata?.TryGetValue(SchemaId, out var id) != true || id is not string { Length: > 0 } component)
            return own;
        if (document.Components?.Schemas?.ContainsKey(component) != true)
            document.AddComponent(component, own);
        return new OpenApiSchemaReference(component, document);
    }
}
