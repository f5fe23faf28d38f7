using System.Buffers;
using System.Globalization;
using System.Text;
using Gateway.Api.Endpoints;
using Gateway.Api.Errors;
using Gateway.Core.Registry;
using Gateway.Core.Results;
using Microsoft.Net.Http.Headers;

namespace Gateway.Api.Facades.Eureka;

/// <summary>Answers as Eureka's server gives them: JSON or XML by Accept, and plain text for what is refused.</summary>
internal static class EurekaAnswer
{
    private const string Text = "text/plain; charset=utf-8";

    // What a connection buffers: the client reads it before more is written.
    private const int FlushBytes = 32 * 1024;

    /// <summary>JSON only for an Accept that has the word: without one, and for <c>*/*</c>, clients of old expect XML.</summary>
    public static IEurekaForm FormFor(HttpRequest request)
    {
        foreach (var line in request.Headers.Accept)
        {
            if (line?.Contains("json", StringComparison.OrdinalIgnoreCase) == true)
                return EurekaJson.Shared;
        }

        return EurekaXml.Shared;
    }

    public static Task WriteAsync(HttpContext context, RegistrySnapshot snapshot, IEurekaForm form, EurekaList list)
    {
        Begin(context, snapshot, form.MediaType, list.Length);
        return list.Pieces is [var whole] ? WriteAsync(context, whole) : WritePiecesAsync(context, list);
    }

    public static Task WriteAsync(HttpContext context, RegistrySnapshot snapshot, string mediaType, byte[] body)
    {
        Begin(context, snapshot, mediaType, body.Length);
        return WriteAsync(context, body);
    }

    public static Task SayAsync(HttpContext context, int status, string text)
    {
        var body = Encoding.UTF8.GetBytes(text);
        context.Response.StatusCode = status;
        context.Response.ContentType = Text;
        context.Response.ContentLength = body.Length;
        return context.Response.BodyWriter.WriteAsync(body, context.RequestAborted).AsTask();
    }

    /// <summary>Clients try the next server after a 5xx, so there is none but 503, which says when to come again.</summary>
    public static Task RefuseAsync(HttpContext context, Refusal refusal)
    {
        var status = refusal.Code switch
        {
            RefusalCodes.InvalidRegistration or RefusalCodes.InvalidMetadata => StatusCodes.Status400BadRequest,
            RefusalCodes.NotWatched or RefusalCodes.ClusterRefused or RefusalCodes.LeasesOff => StatusCodes.Status403Forbidden,
            _ => ProblemStatus.StatusOf(refusal.Code) is var one and < 500 ? one : StatusCodes.Status503ServiceUnavailable,
        };
        var headers = context.Response.Headers;
        headers.CacheControl = "no-store";
        if (status == StatusCodes.Status401Unauthorized)
            headers.WWWAuthenticate = "Bearer, Basic realm=\"eureka\"";
        if (status is StatusCodes.Status503ServiceUnavailable or StatusCodes.Status429TooManyRequests)
        {
            var least = Math.Max(1, (long)Math.Ceiling((refusal.RetryAfter ?? TimeSpan.Zero).TotalSeconds));
            // What is refused together must not come again together.
            headers[HeaderNames.RetryAfter] = (least + Random.Shared.NextInt64(Math.Max(2, least / 2) + 1)).ToString(CultureInfo.InvariantCulture);
        }

        return SayAsync(context, status, refusal.Faults.IsDefaultOrEmpty ? refusal.Detail : TextOf(refusal));
    }

    // There is no member 'errors' in a text, so every fault is said.
    private static string TextOf(Refusal refusal) => string.Join('\n', refusal.Faults.Select(static fault => $"{fault.Pointer ?? fault.Parameter}: {fault.Detail}"));

    private static void Begin(HttpContext context, RegistrySnapshot snapshot, string mediaType, long length)
    {
        var response = context.Response;
        AnswerHeaders.Write(response, snapshot);
        response.Headers.CacheControl = "no-cache";
        response.ContentType = mediaType;
        response.ContentLength = length;
    }

    // A connection that is closed ends the write by itself; the request's token would be made for it.
    private static Task WriteAsync(HttpContext context, ReadOnlyMemory<byte> body)
    {
        if (body.Length > JsonAnswer.PieceBytes)
            return JsonAnswer.WritePiecesAsync(context.Response, body, CancellationToken.None);
        return context.Response.BodyWriter.WriteAsync(body, CancellationToken.None) is { IsCompletedSuccessfully: false } write ? write.AsTask() : Task.CompletedTask;
    }

    private static async Task WritePiecesAsync(HttpContext context, EurekaList list)
    {
        var (writer, waiting) = (context.Response.BodyWriter, 0);
        foreach (var piece in list.Pieces)
        {
            for (var rest = piece; !rest.IsEmpty;)
            {
                var part = rest[..Math.Min(rest.Length, FlushBytes - waiting)];
                writer.Write(part.Span);
                rest = rest[part.Length..];
                waiting += part.Length;
                if (waiting < FlushBytes)
                    continue;
                if ((await writer.FlushAsync(context.RequestAborted)).IsCompleted)
                    return;
                waiting = 0;
            }
        }

        // Once a part was sent, the server does not send the last one by itself.
        await writer.FlushAsync(context.RequestAborted);
    }
}
