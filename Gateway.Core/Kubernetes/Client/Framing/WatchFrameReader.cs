namespace Gateway.Core.Kubernetes.Client.Framing;

/// <summary>
/// Cuts a watch's answer into frames: JSON objects, one after the other, with or without line breaks between or inside them. Several may come
/// in one piece, and one in many.
/// </summary>
internal sealed class WatchFrameReader(JsonByteStream stream)
{
    /// <summary>
    /// The next frame, good until the next call; null at the answer's end. Throws <see cref="EndOfStreamException"/> when the answer is cut off
    /// inside a frame.
    /// </summary>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellationToken)
    {
        var next = await stream.PeekAsync(cancellationToken).ConfigureAwait(false);
        if (next < 0)
            return null;
        if (next != '{')
            throw new UnreadableFrameException("A watch frame is not a JSON object.");
        return await stream.ReadValueAsync(cancellationToken).ConfigureAwait(false);
    }
}
