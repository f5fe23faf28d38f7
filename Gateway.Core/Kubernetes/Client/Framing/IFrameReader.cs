namespace Gateway.Core.Kubernetes.Client.Framing;

/// <summary>Splits a watch's answer into frames.</summary>
internal interface IFrameReader : IDisposable
{
    /// <summary>
    /// The next frame, valid until the next call; null at the end of the answer. Throws <see cref="EndOfStreamException"/> when the answer
    /// ends inside a frame.
    /// </summary>
    ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellationToken);
}

/// <summary>Reads the body of a list part by part, in the order in which the server wrote them.</summary>
internal interface IListReader : IDisposable
{
    /// <summary>Moves to the next part; false at the end of the list. Throws <see cref="EndOfStreamException"/> when the answer ends before.</summary>
    ValueTask<bool> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Whether the current part is an item.</summary>
    bool IsItem { get; }

    /// <summary>Whether the current part is the list's metadata.</summary>
    bool IsMetadata { get; }

    /// <summary>Valid until the next call.</summary>
    ReadOnlyMemory<byte> Value { get; }
}
