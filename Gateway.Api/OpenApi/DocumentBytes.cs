using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Gateway.Api.OpenApi;

/// <summary>
/// The document as JSON. Its first reader makes it, which takes a moment: anyone may ask, and it is the same for everyone. Immutable from then on.
/// </summary>
internal sealed class DocumentBytes([FromKeyedServices(DocumentBytes.Name)] IOpenApiDocumentProvider documents)
{
    public const string Name = "v1";

    private static readonly JsonSerializerOptions Written = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = true };

    private readonly Lazy<Task<byte[]>> _bytes = new(() => MakeAsync(documents));

    public Task<byte[]> ReadAsync() => _bytes.Value;

    private static async Task<byte[]> MakeAsync(IOpenApiDocumentProvider documents)
    {
        var document = await documents.GetOpenApiDocumentAsync();
        using var text = new MemoryStream();
        await document.SerializeAsJsonAsync(text, OpenApiSpecVersion.OpenApi3_1);
        var json = JsonNode.Parse(text.ToArray())!;
        RemoveMarkup(json);
        return JsonSerializer.SerializeToUtf8Bytes(json, Written);
    }

    /// <summary>Swagger UI shows the texts of operations and of schemas of OpenAPI 3.1 as they are, with the backticks of a comment.</summary>
    private static void RemoveMarkup(JsonNode? node)
    {
        if (node is JsonArray array)
        {
            foreach (var item in array)
                RemoveMarkup(item);
            return;
        }

        if (node is not JsonObject members)
            return;
        foreach (var (name, value) in members.ToList())
        {
            if (name is "description" or "summary" && value is JsonValue text && text.TryGetValue<string>(out var said))
                members[name] = said.Replace("`", "", StringComparison.Ordinal);
            else
                RemoveMarkup(value);
        }
    }
}
