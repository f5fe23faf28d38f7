using System.Threading.Channels;

namespace Gateway.Core.Timing;

/// <summary>
/// A signal of capacity one: remembers that there is something to do, not what. Any thread sets it; one loop waits for it. What was written before
/// it was set is seen by the loop that wakes.
/// </summary>
internal sealed class WakeSignal
{
    private readonly Channel<bool> _channel =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    // The wait that a time-out left; the loop alone reads and writes it.
    private Task<bool>? _waiting;

    public void Set() => _channel.Writer.TryWrite(true);

    /// <summary>Returns at once if it was set since the last wait.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => _channel.Reader.ReadAsync(cancellationToken);

    /// <summary>The same; false: it was not set within <paramref name="limit"/>.</summary>
    public async ValueTask<bool> WaitAsync(TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _waiting ??= _channel.Reader.WaitToReadAsync(CancellationToken.None).AsTask();
        try
        {
            await _waiting.WaitAsync(limit, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return false;
        }

        _waiting = null;
        return _channel.Reader.TryRead(out _);
    }
}
