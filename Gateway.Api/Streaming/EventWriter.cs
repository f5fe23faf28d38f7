using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Gateway.Core.Diagnostics;
using Gateway.Core.Subscriptions;

namespace Gateway.Api.Streaming;

/// <summary>
/// Writes events to one connection in pieces that it can buffer, so that a slow reader holds back a piece, never a whole snapshot. A reader
/// that takes nothing for the send timeout is given up.
/// </summary>
internal sealed class EventWriter(PipeWriter output, TimeSpan sendTimeout, TimeProvider time, GatewayMetrics metrics)
{
    private const int PieceBytes = 16 * 1024;

    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(1);

    private int _unsent;
    private bool _isSlow;

    public bool HasUnsent => _unsent > 0;

    /// <summary>A full piece is waiting: time to send before writing more.</summary>
    public bool IsFull => _unsent >= PieceBytes;

    public async ValueTask WriteAsync(StreamEvent next, CancellationToken cancellation)
    {
        WriteText($"id: {next.Id}\n");
        foreach (var piece in next.Frame.Pieces)
            await WriteAsync(piece, cancellation);
        Write("\n"u8);
    }

    /// <summary>Everything has left: the next time that the reader holds back is another one.</summary>
    public void NoteCaughtUp() => _isSlow = false;

    public void WriteComment() => Write(":\n\n"u8);

    /// <summary>How long an EventSource waits before it comes back (the HTML standard, server-sent events).</summary>
    public void WriteRetry(TimeSpan wait) => WriteText(string.Create(CultureInfo.InvariantCulture, $":\nretry: {(long)wait.TotalMilliseconds}\n\n"));

    /// <summary>Throws <see cref="TimeoutException"/> when the reader takes nothing.</summary>
    public async ValueTask FlushAsync(CancellationToken cancellation)
    {
        _unsent = 0;
        var flush = output.FlushAsync(cancellation);
        if (flush.IsCompletedSuccessfully)
            return;
        var (leaving, left) = (flush.AsTask(), sendTimeout);
        if (!_isSlow && sendTimeout > Slow && await IsHeldBackAsync(leaving, cancellation))
        {
            (_isSlow, left) = (true, sendTimeout - Slow);
            metrics.StreamsSlow.Add(1);
        }
        await leaving.WaitAsync(left, time, cancellation);
    }

    private async Task<bool> IsHeldBackAsync(Task leaving, CancellationToken cancellation)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var first = await Task.WhenAny(leaving, Task.Delay(Slow, time, ending.Token));
        await ending.CancelAsync();
        return first != leaving && !leaving.IsCompleted && !cancellation.IsCancellationRequested;
    }

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        while (bytes.Length > PieceBytes)
        {
            Write(bytes.Span[..PieceBytes]);
            bytes = bytes[PieceBytes..];
            await FlushAsync(cancellation);
        }
        Write(bytes.Span);
    }

    private void WriteText(string text) => _unsent += (int)Encoding.ASCII.GetBytes(text, output);

    private void Write(ReadOnlySpan<byte> bytes)
    {
        output.Write(bytes);
        _unsent += bytes.Length;
    }
}
