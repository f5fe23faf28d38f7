using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Gateway.Benchmarks.Load;

/// <summary>Requests over HTTP/1.1, at next to no cost of its own. Connections are kept for further orders to the same port.</summary>
internal sealed class RequestLoad : IDisposable
{
    private readonly Dictionary<int, List<(Socket Socket, AnswerReader Answers)>> _connections = [];

    public async Task<LoadResult> RunAsync(LoadOrder order)
    {
        var connections = Connect(order);
        var statuses = new ConcurrentDictionary<int, long>();
        var bytes = connections.Sum(static one => one.Answers.Bytes);
        var started = Stopwatch.GetTimestamp();
        var until = order.Seconds > 0 ? started + (long)(order.Seconds * Stopwatch.Frequency) : long.MaxValue;
        var times = await Task.WhenAll(connections.Select((one, i) => Task.Run(() => CallAsync(order, one.Socket, one.Answers, i, until, statuses))));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var (p50, p99) = Percentiles.Of(times.SelectMany(static some => some));
        return new LoadResult
        {
            Requests = statuses.Values.Sum(),
            Seconds = seconds,
            Bytes = connections.Sum(static one => one.Answers.Bytes) - bytes,
            P50 = p50,
            P99 = p99,
            Statuses = statuses.ToDictionary(),
        };
    }

    public void Dispose()
    {
        foreach (var (socket, _) in _connections.Values.SelectMany(static some => some))
            socket.Dispose();
    }

    private static async Task<List<float>> CallAsync(
        LoadOrder order, Socket socket, AnswerReader answers, int connection, long until, ConcurrentDictionary<int, long> statuses)
    {
        List<float> times = [];
        var counts = new long[600];

        // Without a time limit every request is sent once: this connection sends each n-th.
        var next = order.Seconds > 0 ? connection * order.Requests.Count / order.Connections : connection;
        var step = order.Seconds > 0 ? 1 : order.Connections;
        var batch = new MemoryStream();
        while (Stopwatch.GetTimestamp() < until && (order.Seconds > 0 || next < order.Requests.Count))
        {
            batch.SetLength(0);
            var sent = 0;
            for (; sent < order.Pipeline && (order.Seconds > 0 || next < order.Requests.Count); sent++, next += step)
                batch.Write(order.Requests[next % order.Requests.Count]);
            var started = Stopwatch.GetTimestamp();
            await socket.SendAsync(batch.GetBuffer().AsMemory(0, (int)batch.Length), CancellationToken.None);
            for (; sent > 0; sent--)
                counts[await answers.ReadAsync(CancellationToken.None)]++;
            times.Add((float)Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        for (var status = 0; status < counts.Length; status++)
        {
            if (counts[status] > 0)
                statuses.AddOrUpdate(status, counts[status], (_, sum) => sum + counts[status]);
        }

        return times;
    }

    private List<(Socket Socket, AnswerReader Answers)> Connect(LoadOrder order)
    {
        var open = _connections.TryGetValue(order.Port, out var known) ? known : _connections[order.Port] = [];

        // A long run starts many servers, and a later one may listen on the port of one that has ended.
        foreach (var ended in open.Where(static one => one.Socket.Poll(0, SelectMode.SelectRead)).ToList())
        {
            ended.Socket.Dispose();
            open.Remove(ended);
        }

        while (open.Count < order.Connections)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            socket.Connect(IPAddress.Loopback, order.Port);
            open.Add((socket, new AnswerReader(socket)));
        }

        return open[..order.Connections];
    }
}

/// <summary>The median and the 99th percentile.</summary>
internal static class Percentiles
{
    public static (double P50, double P99) Of(IEnumerable<float> values)
    {
        float[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? (0, 0) : (sorted[sorted.Length / 2], sorted[Math.Min(sorted.Length - 1, sorted.Length * 99 / 100)]);
    }
}
