using System.Buffers;

namespace Gateway.Core.Kubernetes.Client.Framing;

/// <summary>The unread bytes of a stream, in a pooled buffer that grows with the largest value that is read whole. One reader at a time.</summary>
internal sealed class GrowingBuffer(Stream stream) : IDisposable
{
    private const int InitialBytes = 32 * 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(InitialBytes);
    private int _start;
    private int _end;

    /// <summary>Received and not yet consumed; valid until the next <see cref="FillAsync"/>.</summary>
    public ReadOnlyMemory<byte> Unread => _buffer.AsMemory(_start, _end - _start);

    public ReadOnlySpan<byte> UnreadSpan => _buffer.AsSpan(_start, _end - _start);

    public void Consume(int count) => _start += count;

    /// <summary>Receives more; false at the end of the stream.</summary>
    public async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_start == _end)
            (_start, _end) = (0, 0);
        if (_end == _buffer.Length)
            MakeRoom();
        var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += read;
        return read > 0;
    }

    public void Dispose()
    {
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
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
