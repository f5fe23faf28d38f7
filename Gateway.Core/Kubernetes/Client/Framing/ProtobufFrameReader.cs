using System.Buffers.Binary;

namespace Gateway.Core.Kubernetes.Client.Framing;

/// <summary>
/// Splits a protobuf watch's answer into frames: each is its length in four bytes, the highest first, then that many bytes. A length that is too
/// large is not waited for.
/// </summary>
internal sealed class ProtobufFrameReader(Stream stream, int maxFrameBytes) : IFrameReader
{
    private readonly GrowingBuffer _buffer = new(stream);

    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellationToken)
    {
        while (_buffer.Unread.Length < sizeof(uint))
        {
            if (await _buffer.FillAsync(cancellationToken))
                continue;
            return _buffer.Unread.IsEmpty ? null : throw new EndOfStreamException("The answer ended inside a frame's length.");
        }

        var length = BinaryPrimitives.ReadUInt32BigEndian(_buffer.UnreadSpan);
        if (length > maxFrameBytes)
            throw new UnreadableFrameException($"A watch frame is {length} bytes long; the most is {maxFrameBytes}.");
        _buffer.Consume(sizeof(uint));
        while (_buffer.Unread.Length < length)
        {
            if (!await _buffer.FillAsync(cancellationToken))
                throw new EndOfStreamException("The answer ended inside a frame.");
        }

        var frame = _buffer.Unread[..(int)length];
        _buffer.Consume(frame.Length);
        return frame;
    }

    public void Dispose() => _buffer.Dispose();
}
