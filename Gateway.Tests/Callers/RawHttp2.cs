using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Tests.Callers;

/// <summary>One request over HTTP/2 in clear text with prior knowledge (RFC 9113), whose headers no client library keeps within the server's limit.</summary>
internal sealed class RawHttp2 : IDisposable
{
    private const int Headers = 1;
    private const int Settings = 4;
    private const int Continuation = 9;
    private const int LongestFrame = 16 * 1024;

    private readonly TcpClient _client = new() { NoDelay = true };

    private RawHttp2()
    {
    }

    public static async Task<RawHttp2> ConnectAsync(Uri server)
    {
        var made = new RawHttp2();
        await made._client.ConnectAsync(IPAddress.Loopback, server.Port);
        await made._client.GetStream().WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray());
        await made.SendAsync(Settings, 0, 0, default);
        return made;
    }

    /// <summary>The status; "" where the server ends the connection instead.</summary>
    public async Task<string> GetAsync(string path, IEnumerable<(string Name, string Value)> headers)
    {
        var block = new MemoryStream();
        foreach (var (name, value) in headers.Prepend((":authority", "gateway")).Prepend((":path", path)).Prepend((":scheme", "http")).Prepend((":method", "GET")))
            Literal(block, name, value);
        var (rest, type) = (block.ToArray().AsMemory(), Headers);
        while (type == Headers || rest.Length > 0)
        {
            var piece = rest[..Math.Min(rest.Length, LongestFrame)];
            rest = rest[piece.Length..];
            // END_STREAM on the first, END_HEADERS on the last.
            await SendAsync(type, (byte)((type == Headers ? 1 : 0) | (rest.IsEmpty ? 4 : 0)), 1, piece);
            type = Continuation;
        }

        return await ReadStatusAsync().Within();
    }

    public void Dispose() => _client.Dispose();

    private async Task<string> ReadStatusAsync()
    {
        var head = new byte[9];
        try
        {
            while (true)
            {
                await _client.GetStream().ReadExactlyAsync(head);
                var payload = new byte[(head[0] << 16) | (head[1] << 8) | head[2]];
                await _client.GetStream().ReadExactlyAsync(payload);
                if (head[3] == Headers)
                    return StatusOf(payload);
            }
        }
        catch (Exception e) when (e is EndOfStreamException or IOException)
        {
            return "";
        }
    }

    // RFC 7541, appendix A: 8 is ":status: 200" of the static table, 13 and below others; what is not in it comes as a literal of that name.
    private static string StatusOf(byte[] block) => block[0] == 0x88 ? "200" : Encoding.ASCII.GetString(block, 2, 3);

    /// <summary>A literal without indexing and without Huffman coding (RFC 7541, section 6.2.2).</summary>
    private static void Literal(MemoryStream block, string name, string value)
    {
        block.WriteByte(0);
        foreach (var text in new[] { name, value })
        {
            Length(block, text.Length);
            block.Write(Encoding.ASCII.GetBytes(text));
        }
    }

    /// <summary>An integer with a prefix of seven bits (RFC 7541, section 5.1).</summary>
    private static void Length(MemoryStream block, int length)
    {
        if (length < 127)
        {
            block.WriteByte((byte)length);
            return;
        }

        block.WriteByte(127);
        for (length -= 127; length >= 128; length /= 128)
            block.WriteByte((byte)((length % 128) | 128));
        block.WriteByte((byte)length);
    }

    private async Task SendAsync(int type, byte flags, int stream, ReadOnlyMemory<byte> payload)
    {
        var frame = new byte[9 + payload.Length];
        (frame[0], frame[1], frame[2], frame[3], frame[4]) = ((byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length, (byte)type, flags);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame.AsMemory(9));
        await _client.GetStream().WriteAsync(frame);
    }
}
