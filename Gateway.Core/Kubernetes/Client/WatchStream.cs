using System.Runtime.CompilerServices;
using Gateway.Core.Kubernetes.Client.Framing;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Kubernetes.Models.Decoding;

namespace Gateway.Core.Kubernetes.Client;

/// <summary>
/// An open watch. Disposing it drops the connection (or, with HTTP/2, the stream). One reader.
/// </summary>
public sealed class WatchStream<T> : IDisposable
    where T : class, IKubernetesObject
{
    private readonly ApiCall _call;
    private readonly HttpResponseMessage _response;
    private readonly ResourceType<T> _type;
    private readonly DecodeContext _context;
    private readonly int _maxFrameBytes;

    internal WatchStream(ApiCall call, HttpResponseMessage response, ResourceType<T> type, DecodeContext context, int maxFrameBytes) =>
        (_call, _response, _type, _context, _maxFrameBytes) = (call, response, type, context, maxFrameBytes);

    /// <summary>
    /// Events until the server ends the watch. A connection that breaks, also inside a frame, is a <see cref="KubernetesApiException"/> without
    /// an answer; a frame that cannot be read an <see cref="UnreadableFrameException"/>. Neither leaves anything to go on with.
    /// </summary>
    public async IAsyncEnumerable<WatchEvent<T>> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var bytes = new JsonByteStream(await OpenAsync(cancellationToken).ConfigureAwait(false), _maxFrameBytes);
        var frames = new WatchFrameReader(bytes);
        while (await NextAsync(frames, cancellationToken).ConfigureAwait(false) is { } frame)
            yield return WatchEventDecoder.Read(frame.Span, _type, _context);
    }

    public void Dispose() => _response.Dispose();

    private async ValueTask<ReadOnlyMemory<byte>?> NextAsync(WatchFrameReader frames, CancellationToken cancellationToken)
    {
        try
        {
            return await frames.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (KubernetesTransport.IsNoAnswer(failure))
        {
            throw KubernetesTransport.NoAnswer(_call, failure, cancellationToken);
        }
    }

    private async Task<Stream> OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (KubernetesTransport.IsNoAnswer(failure))
        {
            throw KubernetesTransport.NoAnswer(_call, failure, cancellationToken);
        }
    }
}
