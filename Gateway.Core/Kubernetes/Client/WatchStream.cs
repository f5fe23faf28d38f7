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
    private readonly ApiAnswer _answer;
    private readonly ResourceType<T> _type;
    private readonly DecodeContext _context;
    private readonly int _maxFrameBytes;

    internal WatchStream(ApiAnswer answer, ResourceType<T> type, DecodeContext context, int maxFrameBytes) =>
        (_answer, _type, _context, _maxFrameBytes) = (answer, type, context, maxFrameBytes);

    /// <summary>
    /// Events until the server ends the watch. A connection that breaks, also inside a frame, is a <see cref="KubernetesApiException"/> without
    /// an answer, a frame that cannot be read an <see cref="KubernetesApiException.IsUnreadable"/> one. Neither leaves anything to go on with.
    /// </summary>
    public async IAsyncEnumerable<WatchEvent<T>> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var body = await _answer.OpenAsync(cancellationToken, cancellationToken);
        using var bytes = new JsonByteStream(body, _maxFrameBytes);
        var frames = new WatchFrameReader(bytes);
        while (await NextAsync(frames, cancellationToken) is { } told)
            yield return told;
    }

    public void Dispose() => _answer.Dispose();

    /// <summary>Null at the watch's end.</summary>
    private async ValueTask<WatchEvent<T>?> NextAsync(WatchFrameReader frames, CancellationToken cancellationToken)
    {
        try
        {
            return await frames.ReadAsync(cancellationToken) is { } frame ? WatchEventDecoder.Read(frame.Span, _type, _context) : null;
        }
        catch (Exception failure) when (_answer.FailureOf(failure, cancellationToken) is { } known)
        {
            throw known;
        }
    }
}

/// <summary>Which changes are asked for, and from where on. Bookmarks are always asked for.</summary>
public sealed record WatchRequest
{
    /// <summary>"" is the whole cluster.</summary>
    public string Namespace { get; init; } = "";

    public string? LabelSelector { get; init; }

    /// <summary>What comes after this version; with <see cref="SendInitialEvents"/> at least as new as this, "" the newest there is.</summary>
    public required string ResourceVersion { get; init; }

    /// <summary>After this time the server ends the watch.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>A streaming list (KEP-3157): first every object as an event, then a bookmark, then what changes. 422 where the server has it not.</summary>
    public bool SendInitialEvents { get; init; }
}
