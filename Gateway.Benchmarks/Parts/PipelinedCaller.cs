using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Benchmarks.Parts;

/// <summary>
/// One connection that sends the same GET so many times at once and reads all answers: next to no cost of its own, so that two servers can be
/// compared. Answers are of equal length.
/// </summary>
internal sealed class PipelinedCaller : IDisposable
{
    private readonly Socket _socket;
    private readonly byte[] _requests;
    private readonly byte[] _buffer = new byte[256 * 1024];
    private readonly int _expected;

    public PipelinedCaller(Uri url, int requests)
    {
        _socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        _socket.Connect(IPAddress.Loopback, url.Port);
        var one = Encoding.ASCII.GetBytes($"GET {url.PathAndQuery} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        _requests = [.. Enumerable.Repeat(one, requests).SelectMany(static bytes => bytes)];
        _expected = requests * LengthOfOne(one);
    }

    public void Call()
    {
        _socket.Send(_requests);
        for (var read = 0; read < _expected;)
            read += Receive();
    }

    public void Dispose() => _socket.Dispose();

    private int LengthOfOne(byte[] request)
    {
        _socket.Send(request);
        var text = new StringBuilder();
        while (true)
        {
            text.Append(Encoding.ASCII.GetString(_buffer, 0, Receive()));
            var answer = text.ToString();
            var head = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (head < 0)
                continue;
            if (!answer.StartsWith("HTTP/1.1 200", StringComparison.Ordinal))
                throw new InvalidOperationException(answer);
            var length = answer[..head].Split("\r\n").Single(static line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase)).Split(':')[1];
            var whole = head + 4 + int.Parse(length, System.Globalization.CultureInfo.InvariantCulture);
            if (answer.Length >= whole)
                return whole;
        }
    }

    private int Receive() => _socket.Receive(_buffer) is var read and > 0 ? read : throw new InvalidOperationException("The server hung up.");
}
