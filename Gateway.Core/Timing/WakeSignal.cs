using System.Threading.Tasks.Sources;

namespace Gateway.Core.Timing;

/// <summary>
/// A signal of capacity one: remembers that there is something to do, not what. Any thread sets it; one loop waits for it. What was written before
/// it was set is seen by the loop that wakes. The loop continues on the thread pool, never on the thread that sets the signal; a wait allocates nothing.
/// </summary>
internal sealed class WakeSignal : IValueTaskSource<bool>
{
    private const int Idle = 0;
    private const int IsSet = 1;
    private const int IsWaiting = 2;

    private ManualResetValueTaskSourceCore<bool> _source = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _cancellation;
    private int _state;

    // The wait that a time-out left; the loop alone reads and writes it.
    private Task<bool>? _left;

    // Every path has a full fence after what the caller has written, also where the signal is set already.
    public void Set()
    {
        while (true)
        {
            if (Interlocked.CompareExchange(ref _state, IsSet, Idle) != IsWaiting)
                return;
            if (Interlocked.CompareExchange(ref _state, Idle, IsWaiting) != IsWaiting)
                continue;
            _source.SetResult(true);
            return;
        }
    }

    /// <summary>Returns at once if it was set since the last wait.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken)
    {
        if (_left is not null)
            return TakeLeftAsync(cancellationToken);
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<bool>(cancellationToken);
        if (Interlocked.CompareExchange(ref _state, Idle, IsSet) == IsSet)
            return new(true);
        _source.Reset();
        if (Interlocked.CompareExchange(ref _state, IsWaiting, Idle) == IsSet)
        {
            Interlocked.Exchange(ref _state, Idle);
            return new(true);
        }

        _cancellation = cancellationToken.UnsafeRegister(static (signal, token) => ((WakeSignal)signal!).Cancel(token), this);
        return new(this, _source.Version);
    }

    /// <summary>The same; false: it was not set within <paramref name="limit"/>.</summary>
    public async ValueTask<bool> WaitAsync(TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _left ??= WaitAsync(CancellationToken.None).AsTask();
        try
        {
            await _left.WaitAsync(limit, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return false;
        }

        _left = null;
        return true;
    }

    bool IValueTaskSource<bool>.GetResult(short token)
    {
        // Waits for a cancellation that is under way, so that it never meets the next wait.
        _cancellation.Dispose();
        _cancellation = default;
        return _source.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private async ValueTask<bool> TakeLeftAsync(CancellationToken cancellationToken)
    {
        await _left!.WaitAsync(cancellationToken);
        _left = null;
        return true;
    }

    private void Cancel(CancellationToken cancellationToken)
    {
        if (Interlocked.CompareExchange(ref _state, Idle, IsWaiting) == IsWaiting)
            _source.SetException(new OperationCanceledException(cancellationToken));
    }
}
