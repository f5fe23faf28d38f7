using System.Buffers;
using System.Text.Json;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Revisions;

namespace Gateway.Api.Endpoints;

/// <summary>Writes a JSON answer of known length.</summary>
internal static class JsonAnswer
{
    // An answer is written in pieces, so that a slow reader keeps one piece buffered, not the whole answer.
    public const int PieceBytes = 32 * 1024;

    public static Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> write, int status = StatusCodes.Status200OK)
    {
        var body = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(body, InstanceJson.WriterOptions))
            write(writer);
        return WriteAsync(context, body.WrittenMemory, status);
    }

    /// <summary>What is encoded already.</summary>
    public static Task WriteAsync(HttpContext context, ReadOnlyMemory<byte> body, int status = StatusCodes.Status200OK)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = AnswerHeaders.Json;
        response.ContentLength = body.Length;
        return WritePiecesAsync(response, body, context.RequestAborted);
    }

    /// <summary>What is encoded already in many pieces: small ones are sent together.</summary>
    public static async Task WriteAsync(HttpContext context, IReadOnlyList<byte[]> pieces, string contentType = AnswerHeaders.Json)
    {
        var response = context.Response;
        response.ContentType = contentType;
        response.ContentLength = pieces.Sum(static piece => (long)piece.Length);
        await response.StartAsync(context.RequestAborted);
        var unsent = 0;
        foreach (var piece in pieces)
        {
            if (unsent > 0 && unsent + piece.Length > PieceBytes)
            {
                await response.BodyWriter.FlushAsync(context.RequestAborted);
                unsent = 0;
            }

            if (piece.Length > PieceBytes)
            {
                await WritePiecesAsync(response, piece, context.RequestAborted);
                continue;
            }

            response.BodyWriter.Write(piece);
            unsent += piece.Length;
        }

        await response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    /// <summary>In one write. A connection that is closed ends it by itself; the request's token would be made for it.</summary>
    public static Task WriteSmallAsync(HttpResponse response, ReadOnlyMemory<byte> body) =>
        response.BodyWriter.WriteAsync(body, CancellationToken.None) is { IsCompletedSuccessfully: false } write ? write.AsTask() : Task.CompletedTask;

    public static async Task WritePiecesAsync(HttpResponse response, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (bytes.Length > PieceBytes)
        {
            await response.BodyWriter.WriteAsync(bytes[..PieceBytes], cancellationToken);
            bytes = bytes[PieceBytes..];
        }
        await response.BodyWriter.WriteAsync(bytes, cancellationToken);
    }
}

/// <summary>Headers of every answer from the registry: the snapshot's revision, and whether it may be stale.</summary>
internal static class AnswerHeaders
{
    public const string Revision = "X-Registry-Revision";
    public const string Stale = "X-Registry-Stale";
    public const string Pending = "X-Registry-Pending";

    public const string Json = "application/json; charset=utf-8";

    public static void Write(HttpResponse response, RegistrySnapshot snapshot)
    {
        response.Headers[Revision] = snapshot.Revision.ToString();
        if (snapshot.IsStale)
            response.Headers[Stale] = "true";
    }
}
