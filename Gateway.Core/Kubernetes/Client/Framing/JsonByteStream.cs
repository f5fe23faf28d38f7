using System.Buffers;

namespace Gateway.Core.Kubernetes.Client.Framing;

/// <summary>
/// Reads JSON values from a stream one at a time: the buffer grows to the largest value, at most to the cap. One reader at a time.
/// </summary>
internal sealed class JsonByteStream(Stream stream, int maxValueBytes) : IDisposable
{
    private const int InitialBytes = 32 * 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(InitialBytes);
    private int _start;
    private int _end;

    /// <summary>The next byte that is not white space, without consuming it; -1 at the end of the stream.</summary>
    public async ValueTask<int> PeekAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            while (_start < _end)
            {
                var next = _buffer[_start];
                if (next is not ((byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t'))
                    return next;
                _start++;
            }

            if (!await FillAsync(cancellationToken))
                return -1;
        }
    }

    /// <summary>Consumes the byte that <see cref="PeekAsync"/> returned.</summary>
    public void Skip() => _start++;

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
            if (scanner.TryFindEnd(_buffer.AsSpan(_start + scanned, _end - _start - scanned), out var length))
            {
                var value = _buffer.AsMemory(_start, scanned + length);
                _start += scanned + length;
                return value;
            }

            scanned = _end - _start;
            if (scanned > maxValueBytes)
                throw new UnreadableFrameException($"A value is larger than {maxValueBytes} bytes.");
            if (!await FillAsync(cancellationToken))
                throw new EndOfStreamException("The answer ended inside a value.");
        }
    }

    public void Dispose()
    {
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_start == _end)
            (_start, _end) = (0, 0);
        if (_end == _buffer.Length)
            MakeRoom();
        var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += read;
        return read > 0;
    }

    private void MakeRoom()
    {
        var unread = _buffer.AsSpan(_start, _end - _start);
        if (_start >= _buffer.Length / 2)
        {
            unread.CopyTo(_buffer);
        }
        else
        {
            var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
            unread.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        (_start, _end) = (0, unread.Length);
    }
}
