namespace Gateway.Core.Kubernetes.Client;

/// <summary>The right to have one call in flight, until disposed of.</summary>
public sealed class CallPermit(CallGate gate) : IDisposable
{
    private int _left;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _left, 1) == 0)
            gate.Leave();
    }
}
