using System.Buffers;
using Gateway.Api.Errors;
using Gateway.Core.Refusals;

namespace Gateway.Api.Contracts;

/// <summary>Reads a request's whole body, at most <see cref="Limit"/> bytes of it.</summary>
public static class BodyReader
{
    public const int Limit = 1024 * 1024;

    /// <summary>
    /// The server's own limit stands above ours: up to it the rest of a body that is too long is still drained, so that the caller reads the
    /// 413 instead of finding its connection reset.
    /// </summary>
    public const long ServerLimit = 8 * 1024 * 1024;

    private static readonly Refusal TooLarge = new(RefusalCodes.BodyTooLarge, "The body is longer than 1 MiB (1,048,576 bytes).");

    public static async ValueTask<(ReadOnlyMemory<byte> Bytes, Refusal? Refusal)> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (request.ContentLength > Limit)
            return (default, TooLarge);
        var reader = request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(cancellation);
            if (read.Buffer.Length > Limit)
            {
                reader.AdvanceTo(read.Buffer.End);
                return (default, TooLarge);
            }
            if (read.IsCompleted)
            {
                var bytes = read.Buffer.ToArray();
                reader.AdvanceTo(read.Buffer.End);
                return (bytes, null);
            }
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }
}
