using System.Runtime.CompilerServices;
using Gateway.Core.Kubernetes.Client.Framing;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Kubernetes.Models.Decoding;

namespace Gateway.Core.Kubernetes.Client;

/// <summary>
/// An open watch. Disposing it closes the connection (or, with HTTP/2, the stream). One reader.
/// </summary>
public sealed class WatchStream<T> : IDisposable
    where T : class, IKubernetesObject
{
    private readonly ApiAnswer _answer;
    private readonly ResourceType<T> _type;
    private readonly DecodeContext _context;
    private readonly int _maxFrameBytes;
    private readonly TimeProvider _time;

    internal WatchStream(ApiAnswer answer, ResourceType<T> type, DecodeContext context, int maxFrameBytes, TimeProvider time) =>
        (_answer, _type, _context, _maxFrameBytes, _time) = (answer, type, context, maxFrameBytes, time);

    /// <summary>json or protobuf: what the API server writes.</summary>
    public string Encoding => _answer.Format.Name;

    /// <summary>
    /// Yields events until the server ends the watch. A broken connection, also inside a frame, is a <see cref="KubernetesApiException"/> with
    /// status 0; a frame that cannot be parsed is one with <see cref="KubernetesApiException.IsUnreadable"/>. The watch is over after either.
    /// </summary>
    public async IAsyncEnumerable<WatchEvent<T>> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var body = await _answer.OpenAsync(cancellationToken, cancellationToken);
        using var frames = _answer.Format.OpenWatch(body, _maxFrameBytes);
        while (await NextAsync(frames, cancellationToken) is { } told)
            yield return told;
    }

    public void Dispose() => _answer.Dispose();

    /// <summary>The next event; null when the watch has ended.</summary>
    private async ValueTask<WatchEvent<T>?> NextAsync(IFrameReader frames, CancellationToken cancellationToken)
    {
        try
        {
            return await frames.ReadAsync(cancellationToken) is { } frame ? WatchEventDecoder.Read(_answer.Format, frame.Span, _type, _context, _time.GetTimestamp()) : null;
        }
        catch (Exception failure) when (_answer.FailureOf(failure, cancellationToken) is { } known)
        {
            throw known;
        }
    }
}

/// <summary>The objects to watch and the resourceVersion to start from. Bookmarks are always requested.</summary>
public sealed record WatchRequest
{
    /// <summary>"" is the whole cluster.</summary>
    public string Namespace { get; init; } = "";

    public string? LabelSelector { get; init; }

    /// <summary>Events after this version. With <see cref="SendInitialEvents"/>: a list at least as new as this; "" is the newest.</summary>
    public required string ResourceVersion { get; init; }

    /// <summary>After this time the server ends the watch.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>How long the server may take to begin its answer.</summary>
    public TimeSpan Opening { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>A streaming list (KEP-3157): every object as an event, a bookmark, then changes. 422 where the server does not support it.</summary>
    public bool SendInitialEvents { get; init; }
}
