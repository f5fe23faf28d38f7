namespace Gateway.Emulator.Storage;

/// <summary>
/// Signals that there is something new, not what: a thousand changes before the reader wakes are one signal. Set by writers, awaited by one
/// reader.
/// </summary>
internal sealed class ChangeSignal
{
    private readonly SemaphoreSlim _signal = new(0, 1);
    private int _isSet;

    public void Set()
    {
        if (Interlocked.Exchange(ref _isSet, 1) == 0)
            _signal.Release();
    }

    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        await _signal.WaitAsync(cancellationToken);
        Volatile.Write(ref _isSet, 0);
    }
}
