using System.Buffers;
using System.Text.Json;
using Gateway.Core.Registry;

namespace Gateway.Api.Endpoints;

/// <summary>Writes a JSON answer of known length.</summary>
internal static class JsonAnswer
{
    // A whole answer is handed to the connection in pieces, so that a slow reader holds back one piece and not all of it.
    private const int PieceBytes = 32 * 1024;

    public static Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> write, int status = StatusCodes.Status200OK)
    {
        var body = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(body, InstanceJson.WriterOptions))
            write(writer);
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = AnswerHeaders.Json;
        response.ContentLength = body.WrittenCount;
        return WritePiecesAsync(response, body.WrittenMemory, context.RequestAborted);
    }

    public static async Task WritePiecesAsync(HttpResponse response, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        while (bytes.Length > PieceBytes)
        {
            await response.BodyWriter.WriteAsync(bytes[..PieceBytes], cancellation);
            bytes = bytes[PieceBytes..];
        }
        await response.BodyWriter.WriteAsync(bytes, cancellation);
    }
}
