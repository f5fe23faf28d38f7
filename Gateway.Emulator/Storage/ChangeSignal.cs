namespace Gateway.Emulator.Storage;

/// <summary>Says that there is something new, not what: a thousand changes before the reader comes are one signal. Set by writers, awaited by one reader.</summary>
internal sealed class ChangeSignal
{
    private readonly SemaphoreSlim _signal = new(0, 1);
    private int _isSet;

    public void Set()
    {
        if (Interlocked.Exchange(ref _isSet, 1) == 0)
            _signal.Release();
    }

    public async Task WaitAsync(CancellationToken cancellation)
    {
        await _signal.WaitAsync(cancellation);
        Volatile.Write(ref _isSet, 0);
    }
}
