using System.Threading.Channels;

namespace Gateway.Core.Subscriptions;

/// <summary>
/// A signal of capacity one: remembers that there is something to do, not what. Any thread sets it; one loop waits for it.
/// </summary>
internal sealed class WakeSignal
{
    private readonly Channel<bool> _channel =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    public void Set() => _channel.Writer.TryWrite(true);

    /// <summary>Returns at once if it was set since the last wait.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => _channel.Reader.ReadAsync(cancellationToken);
}
