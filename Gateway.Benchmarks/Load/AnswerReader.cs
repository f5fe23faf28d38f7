using System.Buffers.Text;
using System.Net.Sockets;

namespace Gateway.Benchmarks.Load;

/// <summary>Reads the answers of one connection one by one and discards their bodies.</summary>
internal sealed class AnswerReader(Socket socket)
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;

    public long Bytes { get; private set; }

    /// <summary>The status of the next answer, whose body was read.</summary>
    public async ValueTask<int> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var head = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n\r\n"u8);
            if (head >= 0)
            {
                var (status, length) = Parse(_buffer.AsSpan(_start, head + 4));
                _start += head + 4;
                await (length < 0 ? SkipChunksAsync(cancellationToken) : SkipAsync(length, cancellationToken));
                return status;
            }

            await FillAsync(cancellationToken);
        }
    }

    // The length is -1 where the body is chunked.
    private static (int Status, long Length) Parse(ReadOnlySpan<byte> head)
    {
        _ = Utf8Parser.TryParse(head[9..12], out int status, out _);
        if (status is 204 or 304)
            return (status, 0);
        var at = head.IndexOf("\r\nContent-Length: "u8);
        if (at < 0)
            return head.IndexOf("\r\nTransfer-Encoding: chunked"u8) >= 0 ? (status, -1) : (status, 0);
        _ = Utf8Parser.TryParse(head[(at + "\r\nContent-Length: "u8.Length)..], out long length, out _);
        return (status, length);
    }

    private async ValueTask SkipAsync(long length, CancellationToken cancellationToken)
    {
        while (length > _end - _start)
        {
            length -= _end - _start;
            _start = _end;
            await FillAsync(cancellationToken);
        }

        _start += (int)length;
    }

    private async ValueTask SkipChunksAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var line = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n"u8);
            if (line < 0)
            {
                await FillAsync(cancellationToken);
                continue;
            }

            _ = Utf8Parser.TryParse(_buffer.AsSpan(_start, line), out int size, out _, 'x');
            _start += line + 2;
            await SkipAsync(size + 2, cancellationToken);
            if (size == 0)
                return;
        }
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        if (_start == _end)
        {
            (_start, _end) = (0, 0);
        }
        else if (_end == _buffer.Length)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        var read = await socket.ReceiveAsync(_buffer.AsMemory(_end), cancellationToken);
        if (read == 0)
            throw new IOException($"The server at {socket.RemoteEndPoint} closed the connection.");
        _end += read;
        Bytes += read;
    }
}
