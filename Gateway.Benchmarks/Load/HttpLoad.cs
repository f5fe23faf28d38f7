using System.Diagnostics;
using System.Net;
using System.Text;

namespace Gateway.Benchmarks.Load;

/// <summary>Load by the platform's client: HTTP/2, and answers that are read and discarded.</summary>
internal static class HttpLoad
{
    public static async Task<LoadResult> Http2Async(LoadOrder order)
    {
        using var http = new HttpClient();
        var (path, _) = PathOf(order.Requests[0]);
        var (requests, failed) = (0L, 0L);
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, order.Connections).Select(async _ =>
        {
            while (Stopwatch.GetElapsedTime(started).TotalSeconds < order.Seconds)
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://127.0.0.1:{order.Port}{path}"))
                {
                    Version = HttpVersion.Version20,
                    VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                };
                using var answer = await http.SendAsync(request);
                await answer.Content.CopyToAsync(Stream.Null);
                Interlocked.Increment(ref requests);
                if (!answer.IsSuccessStatusCode)
                    Interlocked.Increment(ref failed);
            }
        }));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return new LoadResult { Requests = requests, Seconds = seconds, Statuses = failed > 0 ? new() { [200] = requests - failed, [500] = failed } : new() { [200] = requests } };
    }

    public static async Task<LoadResult> DiscardAsync(LoadOrder order)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromMinutes(10) };
        var started = Stopwatch.GetTimestamp();
        var bytes = await Task.WhenAll(order.Requests.Select(request => Task.Run(() => ReadAsync(http, order.Port, request))));
        return new LoadResult { Requests = bytes.Length, Bytes = bytes.Sum(), Seconds = Stopwatch.GetElapsedTime(started).TotalSeconds };
    }

    private static async Task<long> ReadAsync(HttpClient http, int port, byte[] request)
    {
        var (path, accept) = PathOf(request);
        using var message = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://127.0.0.1:{port}{path}"));
        message.Headers.TryAddWithoutValidation("Accept", accept);
        using var answer = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
        answer.EnsureSuccessStatusCode();
        await using var body = await answer.Content.ReadAsStreamAsync();
        const int overlap = 32;
        var (buffer, total) = (new byte[overlap + (256 * 1024)], 0L);
        while (await body.ReadAsync(buffer.AsMemory(overlap)) is var read and > 0)
        {
            total += read;
            if (buffer.AsSpan(0, overlap + read).IndexOf("k8s.io/initial-events-end"u8) >= 0)
                break;
            buffer.AsSpan(read, overlap).CopyTo(buffer);
        }

        return total;
    }

    private static (string Path, string Accept) PathOf(byte[] request)
    {
        var text = Encoding.UTF8.GetString(request).Split(' ', 2);
        return (text[0], text.Length > 1 ? text[1] : "*/*");
    }
}
