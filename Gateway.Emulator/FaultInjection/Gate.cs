using Gateway.Emulator.Http;

namespace Gateway.Emulator.FaultInjection;

/// <summary>Holds what concerns a filter until it is opened. Closed and opened by tests; passed by requests and watches.</summary>
internal sealed class Gate
{
    private readonly Lock _lock = new();
    private Func<ObservedRequest, bool>? _filter;
    private TaskCompletionSource? _opened;
    private int _waiting;

    /// <summary>How many wait at the gate right now.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    public void Close(Func<ObservedRequest, bool>? filter)
    {
        lock (_lock)
        {
            _filter = filter;
            _opened ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public void Open()
    {
        lock (_lock)
        {
            _opened?.SetResult();
            _opened = null;
            _filter = null;
        }
    }

    public async ValueTask PassAsync(ObservedRequest request, CancellationToken cancellation)
    {
        while (true)
        {
            Task opened;
            lock (_lock)
            {
                if (_opened is null || (_filter is not null && !_filter(request)))
                    return;
                opened = _opened.Task;
            }
            Interlocked.Increment(ref _waiting);
            try
            {
                await opened.WaitAsync(cancellation);
            }
            finally
            {
                Interlocked.Decrement(ref _waiting);
            }
        }
    }
}
