using System.Buffers.Text;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Gateway.Benchmarks.Load;

/// <summary>Event streams that are kept open. What is received is counted; where pods are tracked, the time of each event of a pod is noted.</summary>
internal sealed class StreamLoad : IDisposable
{
    private const int Overlap = 32;
    private const int MaxChanges = 100_000;

    private readonly List<Socket> _sockets = [];
    private long _events;
    private long _bytes;
    private long _since;

    // Replaced by the one who waits.
    private volatile Awaited? _awaited;

    // Replaced when counting begins; null: events are counted alone.
    private volatile EventTimes? _times;

    public async Task<LoadResult> OpenAsync(LoadOrder order)
    {
        var started = Stopwatch.GetTimestamp();
        var opening = new List<Task>();
        for (var i = 0; i < order.Connections; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            _sockets.Add(socket);
            await socket.ConnectAsync(IPAddress.Loopback, order.Port);
            await socket.SendAsync(order.Requests[i % order.Requests.Count].AsMemory(), CancellationToken.None);
            var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _ = ReadAsync(socket, first);
            opening.Add(first.Task);
        }

        await Task.WhenAll(opening).WaitAsync(TimeSpan.FromMinutes(2));
        return new LoadResult { Requests = order.Connections, Seconds = Stopwatch.GetElapsedTime(started).TotalSeconds };
    }

    public LoadResult Count(LoadOrder order)
    {
        _times = order.TrackedPods > 0 ? new EventTimes(order.TrackedPods, MaxChanges / order.TrackedPods) : null;
        Interlocked.Exchange(ref _events, 0);
        Interlocked.Exchange(ref _bytes, 0);
        _since = Stopwatch.GetTimestamp();
        return new LoadResult();
    }

    public LoadResult Take() => new()
    {
        Seconds = Stopwatch.GetElapsedTime(_since).TotalSeconds,
        Events = Interlocked.Read(ref _events),
        Bytes = Interlocked.Read(ref _bytes),
        Changes = _times?.ToList() ?? [],
    };

    /// <summary>Completes once so many events were received since counting began. One wait at a time.</summary>
    public Task ReceivedAsync(long events)
    {
        var awaited = new Awaited(events, new(TaskCreationOptions.RunContinuationsAsynchronously));
        _awaited = awaited;
        if (Interlocked.Read(ref _events) >= events)
            awaited.Done.TrySetResult();
        return awaited.Done.Task;
    }

    public void Dispose()
    {
        _sockets.ForEach(static socket => socket.Dispose());
        _sockets.Clear();
    }

    private async Task ReadAsync(Socket socket, TaskCompletionSource first)
    {
        try
        {
            await ReadToEndAsync(socket, first);
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException or IOException)
        {
            first.TrySetException(failure);
        }
    }

    private async Task ReadToEndAsync(Socket socket, TaskCompletionSource first)
    {
        var (buffer, kept) = (new byte[4096], 0);
        (EventTimes? Of, int[] Seen) numbers = (null, []);
        while (await socket.ReceiveAsync(buffer.AsMemory(kept)) is var read and > 0)
        {
            var now = Stopwatch.GetTimestamp();
            var text = buffer.AsSpan(0, kept + read);

            // Every event ends in an empty line; the answer's head ends in another.
            var ends = text[Math.Max(0, kept - 1)..].Count("\n\n"u8);
            if (ends > 0)
                first.TrySetResult();
            Interlocked.Add(ref _bytes, read);
            if (_times is { } times)
            {
                if (numbers.Of != times)
                    numbers = (times, new int[times.Pods]);
                Note(text, kept, now, times, numbers.Seen);
            }

            // Last: the times are noted when the count is reached.
            if (Interlocked.Add(ref _events, ends) >= _awaited?.Events)
                _awaited?.Done.TrySetResult();

            kept = Math.Min(Overlap, text.Length);
            text[^kept..].CopyTo(buffer);
        }

        first.TrySetException(new IOException("The server ended a stream."));
    }

    // A name that ends among the bytes that were seen before was noted then.
    private static void Note(ReadOnlySpan<byte> text, int kept, long now, EventTimes times, int[] seen)
    {
        var mark = "\"name\":\"pod-"u8;
        for (var at = 0; text[at..].IndexOf(mark) is var next and >= 0; at += next + mark.Length)
        {
            var end = at + next + mark.Length + 7;
            if (end <= text.Length && end > kept && Utf8Parser.TryParse(text[(end - 7)..end], out int pod, out _) && pod < times.Pods)
                times.Note(pod, seen[pod]++, now);
        }
    }
}

/// <summary>A count of events that is waited for.</summary>
internal sealed record Awaited(long Events, TaskCompletionSource Done);

/// <summary>When the n-th event of each pod was received first and last, over all streams. Written by all readers at once.</summary>
internal sealed class EventTimes(int pods, int changes)
{
    private readonly long[] _first = new long[pods * changes];
    private readonly long[] _last = new long[pods * changes];
    private readonly int[] _streams = new int[pods * changes];

    public int Pods => pods;

    public void Note(int pod, int number, long ticks)
    {
        if (number >= changes)
            return;
        var at = (pod * changes) + number;
        Interlocked.CompareExchange(ref _first[at], ticks, 0);
        for (var known = Interlocked.Read(ref _last[at]); known < ticks; known = Interlocked.Read(ref _last[at]))
        {
            if (Interlocked.CompareExchange(ref _last[at], ticks, known) == known)
                break;
        }

        Interlocked.Increment(ref _streams[at]);
    }

    public List<TrackedChange> ToList() =>
    [
        .. Enumerable.Range(0, _first.Length).Where(at => _streams[at] > 0)
            .Select(at => new TrackedChange(at / changes, at % changes, _first[at], _last[at], _streams[at])),
    ];
}
