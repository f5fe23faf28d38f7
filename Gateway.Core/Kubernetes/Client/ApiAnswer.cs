using System.Buffers;
using Gateway.Core.Kubernetes.Client.Framing;

namespace Gateway.Core.Kubernetes.Client;

/// <summary>
/// A successful answer whose body is still to be read, by one reader. Whatever goes wrong on the way is a <see cref="KubernetesApiException"/>.
/// Disposing it drops the connection (or, with HTTP/2, the stream) where something is left unread.
/// </summary>
internal sealed class ApiAnswer(ApiCall call, HttpResponseMessage response) : IDisposable
{
    // Below the large-object heap.
    private const int PieceBytes = 32 * 1024;

    public ApiCall Call => call;

    /// <param name="caller">Whose cancellation is no failure; reads may have further limits.</param>
    /// <param name="cancellationToken">Ends the opening.</param>
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

    /// <summary>The whole body; a longer one than <paramref name="maxBytes"/> is not read to its end, nor held.</summary>
    public async Task<byte[]> ReadAsync(int maxBytes, CancellationToken caller, CancellationToken cancellationToken)
    {
        using var body = await OpenAsync(caller, cancellationToken);
        using var bytes = new MemoryStream();
        var piece = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            while (await body.ReadAsync(piece, cancellationToken) is > 0 and var read)
            {
                if (bytes.Length + read > maxBytes)
                    throw ApiFailure.Unreadable(call, $"it is larger than {maxBytes} bytes.");
                bytes.Write(piece, 0, read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
        return bytes.ToArray();
    }

    /// <summary>What decoding a body piece by piece throws, as the client's callers know it; null: it is a bug of ours.</summary>
    public Exception? FailureOf(Exception failure, CancellationToken caller) => failure switch
    {
        // The framing says so when the body ends inside a value: the connection was cut.
        EndOfStreamException => ApiFailure.Of(call, failure, caller),
        UnreadableFrameException => ApiFailure.Unreadable(call, failure.Message, failure),
        _ => null,
    };

    public void Dispose() => response.Dispose();
}
