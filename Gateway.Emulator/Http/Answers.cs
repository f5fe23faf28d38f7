using System.Globalization;
using System.Text.Json.Nodes;
using Gateway.Emulator.Failures;
using Gateway.Emulator.Http.Protobuf;
using Gateway.Emulator.Printing;
using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Http;

/// <summary>Writes answers as the real server writes them.</summary>
internal static class Answers
{
    private const string Json = "application/json";

    public static void Begin(HttpResponse response, int status, string mediaType = Json)
    {
        response.StatusCode = status;
        response.ContentType = mediaType;
    }

    public static async Task WriteAsync(HttpContext context, int status, ReadOnlyMemory<byte> body, string mediaType = Json)
    {
        Begin(context.Response, status, mediaType);
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    public static Task WriteAsync(HttpContext context, int status, JsonNode body) => WriteAsync(context, status, ObjectOrder.Serialize(body));

    public static Task WriteAsync(HttpContext context, ApiFailure failure)
    {
        if (failure.RetryAfter is { } seconds)
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        return Negotiation.PrefersProtobuf(context.Request)
            ? WriteAsync(context, failure.Code, ProtobufAnswer.Of(failure.ToStatus()), ProtobufBody.MediaType)
            : WriteAsync(context, failure.Code, failure.ToStatus());
    }

    /// <summary>One object in the view that the request asked for.</summary>
    public static Task WriteAsync(ApiRequest request, int status, StoredObject item, DateTimeOffset now)
    {
        Warn(request);
        var form = Negotiation.For(request.Context.Request);
        if (form.IsProtobuf)
            return WriteAsync(request.Context, status, ProtobufAnswer.Of(item, form.View), ProtobufBody.MediaType);
        return form.View switch
        {
            ObjectView.Table => WriteAsync(request.Context, status, TablePrinter.Print(item.Kind, [item], item.Version, now)),
            ObjectView.PartialMetadata => WriteAsync(request.Context, status, PartialMetadata.Of(item)),
            _ => WriteAsync(request.Context, status, item.Utf8),
        };
    }

    public static void Warn(ApiRequest request)
    {
        if (request.Kind == ResourceKinds.Endpoints)
            Warn(request.Context, "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice");
    }

    public static void Warn(HttpContext context, string text) =>
        context.Response.Headers.Append("Warning", $"299 - \"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"");
}
