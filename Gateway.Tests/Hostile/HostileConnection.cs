using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Tests.Hostile;

/// <param name="Bytes">All that is sent.</param>
/// <param name="IsWhole">Framed as HTTP/1.1 asks, so that the connection can be used again, and has to be answered.</param>
/// <param name="MayWait">A stream or a long poll: left after a moment.</param>
/// <param name="IsHead">Its answer has no body.</param>
internal sealed record HostileRequest(byte[] Bytes, bool IsWhole, bool MayWait, bool IsHead)
{
    public string Shown => Encoding.Latin1.GetString(Bytes.AsSpan(0, Math.Min(Bytes.Length, 1500))).Replace("\0", "\\0", StringComparison.Ordinal);
}

/// <param name="Status">0: closed without an answer; -1: left before there was one; -2: none within the limit.</param>
/// <param name="Text">Head and what was read of the body.</param>
internal sealed record HostileAnswer(int Status, string Text);

/// <summary>One connection to a gateway after another, written byte by byte; kept as long as both sides let it.</summary>
internal sealed class HostileConnection(int port) : IDisposable
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(150);

    private readonly byte[] _buffer = new byte[64 * 1024];
    private Socket? _socket;
    private int _start;
    private int _end;

    public async Task<HostileAnswer> SendAsync(HostileRequest request)
    {
        if (_socket is null)
        {
            _socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await _socket.ConnectAsync(IPAddress.Loopback, port);
            (_start, _end) = (0, 0);
        }

        using var limit = new CancellationTokenSource(request.MayWait ? Moment : Patience.Limit);
        var text = new StringBuilder();
        var status = 0;
        var isOpen = false;
        var writing = WriteAsync(_socket, request, limit.Token);
        try
        {
            (status, isOpen) = await ReadAsync(_socket, request, text, limit.Token);
        }
        catch (OperationCanceledException)
        {
            status = status != 0 ? status : text.Length > 12 ? StatusOf(text.ToString()) : request.MayWait ? -1 : -2;
        }
        catch (SocketException)
        {
            // Reset: as good as closed.
        }

        if (!isOpen || !request.IsWhole)
            Dispose();
        await writing;
        return new HostileAnswer(status, text.ToString());
    }

    public void Dispose()
    {
        _socket?.Dispose();
        _socket = null;
    }

    private static async Task WriteAsync(Socket socket, HostileRequest request, CancellationToken limit)
    {
        try
        {
            var left = request.Bytes.AsMemory();
            while (left.Length > 0)
                left = left[await socket.SendAsync(left, limit)..];
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The server has answered and closed before it had everything.
        }
    }

    private async Task<(int Status, bool IsOpen)> ReadAsync(Socket socket, HostileRequest request, StringBuilder text, CancellationToken limit)
    {
        while (true)
        {
            text.Clear();
            int length, chunked = 0, closes = 0, streams = 0;
            length = -1;
            if (await LineAsync(socket, limit) is not { } first)
                return (0, false);
            text.Append(first).Append('\n');
            while (await LineAsync(socket, limit) is { Length: > 0 } line)
            {
                text.Append(line).Append('\n');
                if (line.StartsWith("Content-Length: ", StringComparison.OrdinalIgnoreCase))
                    length = int.Parse(line.AsSpan(16), CultureInfo.InvariantCulture);
                chunked += line.Equals("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase) ? 1 : 0;
                closes += line.Equals("Connection: close", StringComparison.OrdinalIgnoreCase) ? 1 : 0;
                streams += line.StartsWith("Content-Type: text/event-stream", StringComparison.OrdinalIgnoreCase) ? 1 : 0;
            }

            var status = StatusOf(first);
            if (status is >= 100 and < 200)
                continue;
            if (request.IsHead || status is 204 or 304)
                return (status, closes == 0);
            if (streams > 0)
            {
                // What it says is the other tenant's test; it is read for a moment, and left.
                await FillAsync(socket, limit);
                return (status, false);
            }

            if (chunked > 0)
                await ChunksAsync(socket, text, limit);
            else if (length > 0)
                await BytesAsync(socket, length, text, limit);
            return (status, closes == 0 && (chunked > 0 || length >= 0));
        }
    }

    private static int StatusOf(string line) =>
        line.StartsWith("HTTP/1.", StringComparison.Ordinal) && int.TryParse(line.AsSpan(9, 3), CultureInfo.InvariantCulture, out var status) ? status : 0;

    private async Task<string?> LineAsync(Socket socket, CancellationToken limit)
    {
        var line = new StringBuilder();
        while (true)
        {
            var at = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            var taken = at < 0 ? _end - _start : at;
            line.Append(Encoding.UTF8.GetString(_buffer, _start, taken));
            _start += taken;
            if (at >= 0)
            {
                _start++;
                return line.ToString().TrimEnd('\r');
            }

            if (!await FillAsync(socket, limit))
                return null;
        }
    }

    private async Task BytesAsync(Socket socket, int count, StringBuilder text, CancellationToken limit)
    {
        while (count > 0)
        {
            if (_start == _end && !await FillAsync(socket, limit))
                return;
            var taken = Math.Min(count, _end - _start);
            if (text.Length < 4000)
                text.Append(Encoding.UTF8.GetString(_buffer, _start, taken));
            (_start, count) = (_start + taken, count - taken);
        }
    }

    private async Task ChunksAsync(Socket socket, StringBuilder text, CancellationToken limit)
    {
        while (await LineAsync(socket, limit) is { } size && int.Parse(size, NumberStyles.HexNumber, CultureInfo.InvariantCulture) is var count)
        {
            await BytesAsync(socket, count, text, limit);
            await LineAsync(socket, limit);
            if (count == 0)
                return;
        }
    }

    private async Task<bool> FillAsync(Socket socket, CancellationToken limit)
    {
        (_start, _end) = (0, 0);
        _end = await socket.ReceiveAsync(_buffer.AsMemory(), limit);
        return _end > 0;
    }
}
