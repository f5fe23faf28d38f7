using Gateway.Emulator.Http;

namespace Gateway.Emulator.FaultInjection;

/// <summary>Holds matching requests or watch events until it is opened. Tests close and open it; requests and watches pass it.</summary>
internal sealed class Gate
{
    private readonly Lock _gate = new();
    private Func<ObservedRequest, bool>? _filter;
    private TaskCompletionSource? _opened;
    private int _waiting;

    /// <summary>How many callers wait at the gate now.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    public void Close(Func<ObservedRequest, bool>? filter)
    {
        lock (_gate)
        {
            _filter = filter;
            _opened ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public void Open()
    {
        lock (_gate)
        {
            _opened?.SetResult();
            _opened = null;
            _filter = null;
        }
    }

    public async ValueTask PassAsync(ObservedRequest request, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task opened;
            lock (_gate)
            {
                if (_opened is null || (_filter is not null && !_filter(request)))
                    return;
                opened = _opened.Task;
            }
            Interlocked.Increment(ref _waiting);
            try
            {
                await opened.WaitAsync(cancellationToken);
            }
            finally
            {
                Interlocked.Decrement(ref _waiting);
            }
        }
    }
}
