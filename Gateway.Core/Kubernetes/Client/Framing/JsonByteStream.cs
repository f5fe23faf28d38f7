namespace Gateway.Core.Kubernetes.Client.Framing;

/// <summary>
/// Reads JSON values from a stream one at a time: the buffer grows to the largest value, at most to the cap. One reader at a time.
/// </summary>
internal sealed class JsonByteStream(Stream stream, int maxValueBytes) : IDisposable
{
    private readonly GrowingBuffer _buffer = new(stream);

    /// <summary>The next byte that is not white space, without consuming it; -1 at the end of the stream.</summary>
    public async ValueTask<int> PeekAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var space = _buffer.UnreadSpan.IndexOfAnyExcept(" \n\r\t"u8);
            if (space >= 0)
            {
                _buffer.Consume(space);
                return _buffer.UnreadSpan[0];
            }

            _buffer.Consume(_buffer.Unread.Length);
            if (!await _buffer.FillAsync(cancellationToken))
                return -1;
        }
    }

    /// <summary>Consumes the byte that <see cref="PeekAsync"/> returned.</summary>
    public void Skip() => _buffer.Consume(1);

    /// <summary>
    /// The next value without leading white space; the bytes are valid until the next call. Throws <see cref="EndOfStreamException"/> when
    /// the stream ends before the value does, <see cref="UnreadableFrameException"/> when the value is larger than the cap.
    /// </summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadValueAsync(CancellationToken cancellationToken)
    {
        if (await PeekAsync(cancellationToken) < 0)
            throw new EndOfStreamException("The answer ended where a value was expected.");
        var scanner = new JsonValueScanner();
        var scanned = 0;
        while (true)
        {
            if (scanner.TryFindEnd(_buffer.UnreadSpan[scanned..], out var length))
            {
                var value = _buffer.Unread[..(scanned + length)];
                _buffer.Consume(value.Length);
                return value;
            }

            scanned = _buffer.Unread.Length;
            if (scanned > maxValueBytes)
                throw new UnreadableFrameException($"A value is larger than {maxValueBytes} bytes.");
            if (!await _buffer.FillAsync(cancellationToken))
                throw new EndOfStreamException("The answer ended inside a value.");
        }
    }

    public void Dispose() => _buffer.Dispose();
}
