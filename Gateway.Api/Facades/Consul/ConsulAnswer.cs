using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Gateway.Api.Endpoints;
using Gateway.Api.Errors;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Results;
using Microsoft.Net.Http.Headers;

namespace Gateway.Api.Facades.Consul;

/// <summary>Writes answers as Consul does: JSON with its headers, errors as plain text.</summary>
internal static class ConsulAnswer
{
    private const string PlainText = "text/plain; charset=utf-8";
    private const string Json = "application/json";

    private static readonly JsonWriterOptions Indented = new() { Encoder = InstanceJson.WriterOptions.Encoder, Indented = true };

    /// <summary>The headers of every read; clients in Go fail where one is missing, and loop where the index is 0.</summary>
    public static void WriteHeaders(HttpResponse response, ulong index, bool isStale = false)
    {
        response.Headers["X-Consul-Index"] = index.ToString(CultureInfo.InvariantCulture);
        response.Headers["X-Consul-KnownLeader"] = "true";
        response.Headers["X-Consul-LastContact"] = "0";
        response.Headers.CacheControl = "no-store";
        if (isStale)
            response.Headers[AnswerHeaders.Stale] = "true";
    }

    public static Task WriteAsync(HttpContext context, ReadOnlyMemory<byte> json, bool isPretty = false, int status = StatusCodes.Status200OK)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = Json;
        if (isPretty)
            json = Pretty(json);
        response.ContentLength = json.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : JsonAnswer.WritePiecesAsync(response, json, context.RequestAborted);
    }

    /// <summary>200 without a body, the answer to every write.</summary>
    public static Task DoneAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status200OK;
        context.Response.ContentLength = 0;
        return Task.CompletedTask;
    }

    public static Task TextAsync(HttpContext context, int status, string text)
    {
        var response = context.Response;
        var bytes = Encoding.UTF8.GetBytes(text);
        response.StatusCode = status;
        response.ContentType = PlainText;
        response.ContentLength = bytes.Length;
        response.Headers.CacheControl = "no-store";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : JsonAnswer.WritePiecesAsync(response, bytes, context.RequestAborted);
    }

    /// <summary>A refusal in Consul's form: it has no status for most of them, and its clients register again at any 5xx but 503.</summary>
    public static Task RefuseAsync(HttpContext context, Refusal refusal)
    {
        var (status, text) = refusal.Code switch
        {
            RefusalCodes.Unauthenticated or RefusalCodes.TokenExpired => (403, "Permission denied"),
            RefusalCodes.PodRequired or RefusalCodes.UntrustedProxy or RefusalCodes.AmbiguousAddress or RefusalCodes.Forbidden or RefusalCodes.NameReserved
                or RefusalCodes.PodGone or RefusalCodes.ClusterRefused => (403, $"Permission denied: {Sentence(refusal)}"),
            RefusalCodes.BodyTooLarge => (413, $"Request body too large, max size: {Requests.BodyReader.Limit} bytes."),
            RefusalCodes.MalformedJson => (400, $"Request decode failed: {Sentence(refusal)}"),
            _ => (StatusOf(refusal.Code), Sentence(refusal)),
        };
        if (status is 429 or 503)
        {
            var least = Math.Max(1, (long)Math.Ceiling((refusal.RetryAfter ?? TimeSpan.Zero).TotalSeconds));
            context.Response.Headers[HeaderNames.RetryAfter] = (least + Random.Shared.NextInt64(2)).ToString(CultureInfo.InvariantCulture);
        }

        return TextAsync(context, status, text);
    }

    public static byte[] Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, InstanceJson.WriterOptions))
            write(writer);
        return buffer.WrittenSpan.ToArray();
    }

    private static int StatusOf(string code) => ProblemStatus.StatusOf(code) switch
    {
        500 or 504 => StatusCodes.Status503ServiceUnavailable,
        var status and (404 or 405 or 429 or 503) => status,
        _ => StatusCodes.Status400BadRequest,
    };

    // Consul has no list of faults: all are said in one line.
    private static string Sentence(Refusal refusal) =>
        refusal.Faults.IsEmpty ? refusal.Detail : string.Join(' ', refusal.Faults.Take(5).Select(static fault => fault.Detail));

    private static byte[] Pretty(ReadOnlyMemory<byte> json)
    {
        var buffer = new ArrayBufferWriter<byte>(json.Length * 2);
        using (var document = JsonDocument.Parse(json))
        using (var writer = new Utf8JsonWriter(buffer, Indented))
            document.WriteTo(writer);
        return buffer.WrittenSpan.ToArray();
    }
}
