using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Gateway.Core.Diagnostics;
using Gateway.Core.Subscriptions;

namespace Gateway.Api.Streaming;

/// <summary>
/// Writes events to one connection in small pieces, so that for a slow reader one piece is buffered, never a whole snapshot. A reader that
/// accepts no bytes for the send timeout is disconnected.
/// </summary>
internal sealed class EventWriter(PipeWriter output, TimeSpan sendTimeout, TimeProvider time, GatewayMetrics metrics)
{
    private const int PieceBytes = 16 * 1024;

    // An event up to this size is one write: it fits into one of the server's buffers of 4 KB.
    private const int SmallBytes = 2 * 1024;

    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(1);

    private int _unsent;
    private bool _isSlow;

    public bool HasUnsent => _unsent > 0;

    /// <summary>A full piece is buffered and must be sent before more is written.</summary>
    public bool IsFull => _unsent >= PieceBytes;

    public ValueTask WriteAsync(StreamEvent next, CancellationToken cancellationToken) =>
        TryWriteSmall(next) ? ValueTask.CompletedTask : WriteLargeAsync(next, cancellationToken);

    private bool TryWriteSmall(StreamEvent next)
    {
        var length = "id: \n\n".Length + next.Id.Length;
        foreach (var piece in next.Frame.Pieces)
            length += piece.Length;
        if (length > SmallBytes)
            return false;
        var span = output.GetSpan(length);
        "id: "u8.CopyTo(span);
        var at = "id: ".Length;
        at += Encoding.ASCII.GetBytes(next.Id, span[at..]);
        span[at++] = (byte)'\n';
        foreach (var piece in next.Frame.Pieces)
        {
            piece.Span.CopyTo(span[at..]);
            at += piece.Length;
        }

        span[at++] = (byte)'\n';
        output.Advance(at);
        _unsent += at;
        return true;
    }

    private async ValueTask WriteLargeAsync(StreamEvent next, CancellationToken cancellationToken)
    {
        WriteText($"id: {next.Id}\n");
        foreach (var piece in next.Frame.Pieces)
            await WriteAsync(piece, cancellationToken);
        Write("\n"u8);
    }

    /// <summary>All events were sent: the next delay by the reader counts as a new one.</summary>
    public void ResetSlow() => _isSlow = false;

    public void WriteComment() => Write(":\n\n"u8);

    /// <summary>How long an EventSource waits before it reconnects (the HTML standard, server-sent events).</summary>
    public void WriteRetry(TimeSpan wait) => WriteText(string.Create(CultureInfo.InvariantCulture, $":\nretry: {(long)wait.TotalMilliseconds}\n\n"));

    /// <summary>Throws <see cref="TimeoutException"/> when the reader accepts no bytes for the send timeout.</summary>
    public ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        _unsent = 0;
        var flush = output.FlushAsync(cancellationToken);
        return flush.IsCompletedSuccessfully ? ValueTask.CompletedTask : WaitAsync(flush.AsTask(), cancellationToken);
    }

    private async ValueTask WaitAsync(Task<FlushResult> leaving, CancellationToken cancellationToken)
    {
        var left = sendTimeout;
        if (!_isSlow && sendTimeout > Slow && await IsHeldBackAsync(leaving, cancellationToken))
        {
            (_isSlow, left) = (true, sendTimeout - Slow);
            metrics.StreamsSlow.Add(1);
        }
        await leaving.WaitAsync(left, time, cancellationToken);
    }

    private async Task<bool> IsHeldBackAsync(Task leaving, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var first = await Task.WhenAny(leaving, Task.Delay(Slow, time, ending.Token));
        await ending.CancelAsync();
        return first != leaving && !leaving.IsCompleted && !cancellationToken.IsCancellationRequested;
    }

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (bytes.Length > PieceBytes)
        {
            Write(bytes.Span[..PieceBytes]);
            bytes = bytes[PieceBytes..];
            await FlushAsync(cancellationToken);
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
