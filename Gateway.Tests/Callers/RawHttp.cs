using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Tests.Callers;

/// <summary>One request, byte by byte as the test wants it, over a connection of its own.</summary>
internal static class RawHttp
{
    /// <summary>A head whose lines the test writes; <paramref name="body"/> is JSON.</summary>
    public static async Task<(int Status, string Text)> SendAsync(Uri server, string requestLine, IEnumerable<string> headers, string body = "")
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, server.Port);
        var head = string.Join("\r\n", [
            requestLine, "Host: localhost", "Connection: close", "Content-Type: application/json",
            string.Create(CultureInfo.InvariantCulture, $"Content-Length: {Encoding.UTF8.GetByteCount(body)}"), .. headers, "", "",
        ]);
        var answer = ReadAsync(client.GetStream());
        try
        {
            await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(head + body)).AsTask().Within();
        }
        catch (IOException)
        {
            // The server has answered and closed before it had everything.
        }

        return await answer;
    }

    /// <summary>All that the server says before it closes the connection; status 0 where it closes without a word.</summary>
    public static async Task<(int Status, string Text)> ReadAsync(NetworkStream stream)
    {
        var text = new StringBuilder();
        var buffer = new byte[16 * 1024];
        try
        {
            while (await stream.ReadAsync(buffer).AsTask().Within() is > 0 and var read)
                text.Append(Encoding.UTF8.GetString(buffer, 0, read));
        }
        catch (IOException)
        {
            // Reset: as good as closed.
        }

        var all = text.ToString();
        return all.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) ? (int.Parse(all.AsSpan(9, 3), CultureInfo.InvariantCulture), all) : (0, all);
    }
}
