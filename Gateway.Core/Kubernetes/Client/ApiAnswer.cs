using System.Buffers;
using Gateway.Core.Kubernetes.Client.Framing;

namespace Gateway.Core.Kubernetes.Client;

/// <summary>
/// A successful response whose body is not read yet; one reader. Every failure is a <see cref="KubernetesApiException"/>.
/// Disposing it closes the connection (or, with HTTP/2, the stream) if part of the body is unread.
/// </summary>
internal sealed class ApiAnswer(ApiCall call, HttpResponseMessage response) : IDisposable
{
    // Below the large-object heap.
    private const int PieceBytes = 32 * 1024;

    public ApiCall Call => call;

    public AnswerFormat Format { get; } = AnswerFormat.Of(response);

    /// <param name="caller">Its cancellation is not reported as a failure; reads may have further limits.</param>
    /// <param name="cancellationToken">Cancels opening the response.</param>
    public async Task<Stream> OpenAsync(CancellationToken caller, CancellationToken cancellationToken)
    {
        try
        {
            return new AnswerStream(call, await response.Content.ReadAsStreamAsync(cancellationToken), caller);
        }
        catch (Exception failure) when (ApiFailure.IsOfTheChannel(failure))
        {
            throw ApiFailure.Of(call, failure, caller);
        }
    }

    /// <summary>
    /// Reads the whole body and returns what <paramref name="decode"/> makes of it; the bytes are valid until then. Throws when it is longer than
    /// <paramref name="maxBytes"/>, without reading the rest.
    /// </summary>
    public async Task<T> ReadAsync<T>(int maxBytes, Func<ReadOnlySpan<byte>, T> decode, CancellationToken caller, CancellationToken cancellationToken)
    {
        using var body = await OpenAsync(caller, cancellationToken);
        var bytes = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            var length = 0;
            while (await body.ReadAsync(bytes.AsMemory(length), cancellationToken) is > 0 and var read)
            {
                length += read;
                if (length > maxBytes)
                    throw ApiFailure.Unreadable(call, $"it is larger than {maxBytes} bytes.");
                if (length == bytes.Length)
                    bytes = Grown(bytes);
            }

            return decode(bytes.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>Maps an exception of decoding a streamed body to the one that callers of the client see; null: it is a bug in the gateway.</summary>
    public Exception? FailureOf(Exception failure, CancellationToken caller) => failure switch
    {
        // Thrown by the framing when the body ends inside a value: the connection was cut.
        EndOfStreamException => ApiFailure.Of(call, failure, caller),
        UnreadableFrameException => ApiFailure.Unreadable(call, failure.Message, failure),
        _ => null,
    };

    public void Dispose() => response.Dispose();

    private static byte[] Grown(byte[] bytes)
    {
        var larger = ArrayPool<byte>.Shared.Rent(2 * bytes.Length);
        bytes.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(bytes);
        return larger;
    }
}
