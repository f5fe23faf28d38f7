namespace Gateway.Core.Kubernetes.Client.Framing;

/// <summary>
/// Splits a watch's answer into frames: consecutive JSON objects, with or without line breaks between or inside them. One read may contain
/// several frames, and one frame may take several reads.
/// </summary>
internal sealed class WatchFrameReader(JsonByteStream stream) : IFrameReader
{
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellationToken)
    {
        var next = await stream.PeekAsync(cancellationToken);
        if (next < 0)
            return null;
        if (next != '{')
            throw new UnreadableFrameException("A watch frame is not a JSON object.");
        return await stream.ReadValueAsync(cancellationToken);
    }

    public void Dispose() => stream.Dispose();
}
