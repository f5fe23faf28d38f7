namespace Gateway.Core.Kubernetes.Client;

/// <summary>
/// Lets at most <paramref name="limit"/> calls to the API server run at once. Waiting callers are served round-robin, so a busy caller
/// never takes another's turn. Written and read by every call, under one lock that is held for a few instructions.
/// </summary>
/// <param name="limit">Calls in flight.</param>
/// <param name="patience">How long a call waits for its turn.</param>
/// <param name="time">The clock of that wait.</param>
/// <param name="maxWaiting">Calls that wait at once, of all callers; further ones get no permit.</param>
/// <param name="maxWaitingPerCaller">The same, of one caller.</param>
public sealed class CallGate(
    int limit, TimeSpan patience, TimeProvider time, int maxWaiting = int.MaxValue, int maxWaitingPerCaller = int.MaxValue)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, LinkedList<Waiter>> _waiting = new(StringComparer.Ordinal);
    private readonly Queue<string> _turns = new();
    private int _inFlight;
    private int _waiters;

    public int InFlight => Volatile.Read(ref _inFlight);

    public int Waiting => Volatile.Read(ref _waiters);

    /// <summary>A permit to dispose after the call; null when none became free in time, or too many calls wait.</summary>
    public async ValueTask<CallPermit?> EnterAsync(string caller, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Waiter? waiter;
        lock (_gate)
        {
            if (_inFlight < limit)
            {
                _inFlight++;
                return new CallPermit(this);
            }

            waiter = EnqueueLocked(caller);
        }

        if (waiter is null)
            return null;

        try
        {
            await waiter.Granted.Task.WaitAsync(patience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            if (Abandon(waiter))
                return null;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            if (!Abandon(waiter))
                Leave();
            throw;
        }

        return new CallPermit(this);
    }

    internal void Leave()
    {
        Waiter? next;
        lock (_gate)
        {
            next = DequeueLocked();
            if (next is null)
                _inFlight--;
        }

        next?.Granted.SetResult();
    }

    private Waiter? EnqueueLocked(string caller)
    {
        if (_waiters >= maxWaiting || (_waiting.TryGetValue(caller, out var own) && own.Count >= maxWaitingPerCaller))
            return null;
        if (!_waiting.TryGetValue(caller, out var queue))
        {
            _waiting[caller] = queue = new LinkedList<Waiter>();
            _turns.Enqueue(caller);
        }

        var waiter = new Waiter(caller);
        waiter.Place = queue.AddLast(waiter);
        _waiters++;
        return waiter;
    }

    private Waiter? DequeueLocked()
    {
        while (_turns.TryDequeue(out var caller))
        {
            var queue = _waiting[caller];
            var next = queue.First?.Value;
            if (next is not null)
                RemoveLocked(queue, next);

            // A caller whose waiters have all given up is removed from the rotation here.
            if (queue.Count == 0)
                _waiting.Remove(caller);
            else
                _turns.Enqueue(caller);
            if (next is not null)
                return next;
        }

        return null;
    }

    /// <summary>False: the permit was granted in the meantime, and the waiter must release it.</summary>
    private bool Abandon(Waiter waiter)
    {
        lock (_gate)
        {
            if (waiter.Place is null)
                return false;
            RemoveLocked(_waiting[waiter.Caller], waiter);
            return true;
        }
    }

    private void RemoveLocked(LinkedList<Waiter> queue, Waiter waiter)
    {
        queue.Remove(waiter.Place!);
        waiter.Place = null;
        _waiters--;
    }

    private sealed class Waiter(string caller)
    {
        public string Caller { get; } = caller;
        public LinkedListNode<Waiter>? Place { get; set; }
        public TaskCompletionSource Granted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>Allows one call in flight until it is disposed.</summary>
public sealed class CallPermit(CallGate gate) : IDisposable
{
    private int _left;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _left, 1) == 0)
            gate.Leave();
    }
}
