using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Gateway.Api.Endpoints;
using Gateway.Core.Registry.Instances;
using Microsoft.Net.Http.Headers;

namespace Gateway.Api.Facades.Nacos;

/// <summary>Writes answers as Nacos does: v1 plain text or an object by itself, v2 and v3 within <c>code</c>, <c>message</c>, <c>data</c>.</summary>
internal static class NacosAnswer
{
    private const string PlainText = "text/plain; charset=utf-8";

    /// <summary>The call was carried out.</summary>
    public static Task OkAsync(HttpContext context, NacosApi api) =>
        api == NacosApi.V1 ? TextAsync(context, "ok") : DataAsync(context, api, static writer => writer.WriteStringValue("ok"));

    public static Task TextAsync(HttpContext context, string text, int status = StatusCodes.Status200OK) =>
        WriteAsync(context, Encoding.UTF8.GetBytes(text), PlainText, status);

    /// <summary>An object that no version wraps.</summary>
    public static Task BareAsync(HttpContext context, Action<Utf8JsonWriter> write) => BytesAsync(context, Encode(write));

    /// <summary>What v1 answers by itself and v2 and v3 as <c>data</c>.</summary>
    public static Task DataAsync(HttpContext context, NacosApi api, Action<Utf8JsonWriter> write) => BytesAsync(context, EncodeData(api, write));

    /// <summary>What was encoded before.</summary>
    public static Task BytesAsync(HttpContext context, ReadOnlyMemory<byte> bytes) => WriteAsync(context, bytes, AnswerHeaders.Json, StatusCodes.Status200OK);

    /// <summary>A list that was encoded before, with its time at that place.</summary>
    public static async Task ListAsync(HttpContext context, byte[] encoded, int timeAt, ulong time)
    {
        if (timeAt == encoded.Length)
        {
            await BytesAsync(context, encoded);
            return;
        }

        var response = context.Response;
        Begin(response, AnswerHeaders.Json, StatusCodes.Status200OK, encoded.Length);
        ReadOnlyMemory<byte> before = encoded.AsMemory(0, timeAt);
        for (; before.Length > JsonAnswer.PieceBytes; before = before[JsonAnswer.PieceBytes..])
            await response.BodyWriter.WriteAsync(before[..JsonAnswer.PieceBytes], context.RequestAborted);
        response.BodyWriter.Write(before.Span);
        NacosTime.Write(response.BodyWriter, time);
        await JsonAnswer.WritePiecesAsync(response, encoded.AsMemory(timeAt + NacosTime.Length), context.RequestAborted);
    }

    public static Task RefuseAsync(HttpContext context, NacosApi api, NacosFault fault)
    {
        var headers = context.Response.Headers;
        headers.CacheControl = "no-store";
        if (fault.RetryAfter is not null || fault.Status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable)
            headers[HeaderNames.RetryAfter] = RetryAfterSeconds(fault.RetryAfter).ToString(CultureInfo.InvariantCulture);
        return api == NacosApi.V1
            ? TextAsync(context, fault.Detail, fault.Status)
            : WriteAsync(context, Encode(writer => Wrap(writer, fault.Code, fault.Message, inner => inner.WriteStringValue(fault.Detail))), AnswerHeaders.Json, fault.Status);
    }

    /// <summary>A failure that v3 says with 200: its clients read the code.</summary>
    public static Task FailedAsync(HttpContext context, NacosFault fault) =>
        BareAsync(context, writer => Wrap(writer, fault.Code, fault.Message, static inner => inner.WriteNullValue()));

    public static byte[] EncodeData(NacosApi api, Action<Utf8JsonWriter> write) =>
        api == NacosApi.V1 ? Encode(write) : Encode(writer => Wrap(writer, 0, "success", write));

    private static void Wrap(Utf8JsonWriter writer, int code, string message, Action<Utf8JsonWriter> data)
    {
        writer.WriteStartObject();
        writer.WriteNumber("code"u8, code);
        writer.WriteString("message"u8, message);
        writer.WritePropertyName("data"u8);
        data(writer);
        writer.WriteEndObject();
    }

    private static byte[] Encode(Action<Utf8JsonWriter> write)
    {
        var body = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(body, InstanceJson.WriterOptions))
            write(writer);
        return body.WrittenSpan.ToArray();
    }

    private static Task WriteAsync(HttpContext context, ReadOnlyMemory<byte> body, string mediaType, int status)
    {
        Begin(context.Response, mediaType, status, body.Length);
        return JsonAnswer.WritePiecesAsync(context.Response, body, context.RequestAborted);
    }

    private static void Begin(HttpResponse response, string mediaType, int status, int length)
    {
        response.StatusCode = status;
        response.ContentType = mediaType;
        response.ContentLength = length;
    }

    // Callers that were refused together do not retry together.
    private static long RetryAfterSeconds(TimeSpan? said)
    {
        var least = Math.Max(1, (long)Math.Ceiling((said ?? TimeSpan.Zero).TotalSeconds));
        return least + Random.Shared.NextInt64(Math.Max(2, least / 2) + 1);
    }
}
