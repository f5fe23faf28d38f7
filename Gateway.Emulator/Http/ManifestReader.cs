using System.Text.Json.Nodes;
using Gateway.Emulator.Failures;
using Gateway.Emulator.Http.Protobuf;
using Gateway.Emulator.Schema;
using Gateway.Emulator.Validation;

namespace Gateway.Emulator.Http;

/// <summary>Reads an object from a body, with the field validation that the request asks for (Strict, Warn or Ignore).</summary>
internal static class ManifestReader
{
    /// <summary>
    /// The limit of a real API server. It is far above the 256 KiB for annotations, which validation refuses and not the transport.
    /// </summary>
    public const int Limit = 3 * 1024 * 1024;

    public static async Task<byte[]> ReadBytesAsync(HttpContext context)
    {
        using var buffer = new MemoryStream((int)Math.Min(context.Request.ContentLength ?? 4096, 4 * 1024 * 1024));
        try
        {
            await context.Request.Body.CopyToAsync(buffer, context.RequestAborted);
        }
        catch (BadHttpRequestException failure) when (failure.StatusCode == 413)
        {
            throw TooLarge();
        }
        return buffer.Length <= Limit ? buffer.ToArray() : throw TooLarge();
    }

    private static ApiFailure TooLarge() => new(413, "RequestEntityTooLarge", $"Request entity too large: limit is {Limit}");

    public static async Task<JsonObject> ReadAsync(HttpContext context, string kind, string apiVersion)
    {
        var media = context.Request.ContentType?.Split(';')[0].Trim() ?? "application/json";
        var reader = new BodyReader();
        var bytes = await ReadBytesAsync(context);
        var body = media switch
        {
            "application/json" or "" or "*/*" or "application/x-www-form-urlencoded" => Parse(reader, bytes, kind),
            ProtobufBody.MediaType => ParseProtobuf(bytes, kind) ?? throw Unsupported(),
            _ => throw Unsupported(),
        };
        CheckType(body, kind, apiVersion);
        Validate(context, kind, body, reader.Duplicates, why => ApiFailure.BadRequest($"{kind} in version \"{Version(apiVersion)}\" cannot be handled as a {kind}: {why}"));
        return body;
    }

    /// <summary>Removes unknown fields; warns about them or refuses the request, as the parameter <c>fieldValidation</c> says.</summary>
    public static void Validate(HttpContext context, string kind, JsonObject body, IReadOnlyList<string> duplicates, Func<string, ApiFailure> refuse)
    {
        var check = new FieldCheck();
        try
        {
            check.Run(body, FieldTable.Of(kind));
        }
        catch (FieldTypeFailure failure)
        {
            throw refuse(failure.Message);
        }
        List<string> faults = [.. duplicates.Select(static path => $"duplicate field \"{path}\""), .. check.Unknown.Select(static path => $"unknown field \"{path}\"")];
        if (faults.Count == 0)
            return;
        switch (context.Request.Query["fieldValidation"].ToString())
        {
            case "Strict":
                throw refuse("strict decoding error: " + string.Join(", ", faults));
            case "Ignore":
                return;
            default:
                foreach (var fault in faults)
                    Answers.Warn(context, fault);
                return;
        }
    }

    private static JsonObject Parse(BodyReader reader, byte[] bytes, string kind)
    {
        try
        {
            return reader.Read(bytes) as JsonObject ?? throw new BodyFailure("json: cannot unmarshal into Go value of type struct");
        }
        catch (BodyFailure failure)
        {
            throw ApiFailure.BadRequest(
                $"the object provided is unrecognized (must be of type {kind}): couldn't get version/kind; json parse error: {failure.Message}");
        }
    }

    private static JsonObject? ParseProtobuf(byte[] bytes, string kind)
    {
        try
        {
            return ProtobufBody.Read(bytes, kind);
        }
        catch (BodyFailure failure)
        {
            throw ApiFailure.BadRequest(failure.Message);
        }
    }

    private static ApiFailure Unsupported() => new(415, "UnsupportedMediaType",
        "the body of the request was in an unknown format - accepted media types include: application/json", []);

    private static void CheckType(JsonObject body, string kind, string apiVersion)
    {
        var givenVersion = body["apiVersion"] is JsonValue version && version.TryGetValue<string>(out var text) ? text : apiVersion;
        var givenKind = body["kind"] is JsonValue named && named.TryGetValue<string>(out text) ? text : kind;
        if (givenVersion != apiVersion)
            throw ApiFailure.BadRequest($"the API version in the data ({givenVersion}) does not match the expected API version ({apiVersion})");
        if (givenKind != kind)
            throw ApiFailure.BadRequest($"{givenKind} in version \"{Version(apiVersion)}\" cannot be handled as a {kind}: no kind \"{givenKind}\" is registered for this resource");
    }

    private static string Version(string apiVersion) => apiVersion[(apiVersion.IndexOf('/') + 1)..];
}
