using System.Collections.Immutable;

namespace Gateway.Emulator.Http;

/// <summary>
/// The latest requests that reached the server. Written by every request as it arrives and as its answer begins; read by tests.
/// </summary>
public sealed class RequestLog
{
    private const int Kept = 10_000;

    private readonly Lock _gate = new();
    private readonly LinkedList<LoggedRequest> _recent = [];
    private readonly Dictionary<long, LinkedListNode<LoggedRequest>> _byNumber = [];
    private long _total;
    private TaskCompletionSource _changed = NewSignal();

    /// <summary>The number of requests since the start, including those no longer kept.</summary>
    public long Total => Interlocked.Read(ref _total);

    /// <summary>The kept requests, oldest first.</summary>
    public ImmutableArray<LoggedRequest> Recent
    {
        get
        {
            lock (_gate)
                return [.. _recent];
        }
    }

    public int Count(Func<LoggedRequest, bool> matches)
    {
        lock (_gate)
            return _recent.Count(matches);
    }

    /// <summary>Waits until this many kept requests match; those already kept count.</summary>
    public async Task WaitUntilAsync(Func<LoggedRequest, bool> matches, int count = 1, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_recent.Count(matches) >= count)
                    return;
                changed = _changed.Task;
            }
            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Drops the kept requests, so that a test counts from here.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _recent.Clear();
            _byNumber.Clear();
        }
    }

    internal long Arrived(ObservedRequest request)
    {
        lock (_gate)
        {
            var number = ++_total;
            _byNumber[number] = _recent.AddLast(new LoggedRequest(number, request, 0));
            if (_recent.Count > Kept)
            {
                _byNumber.Remove(_recent.First!.Value.Number);
                _recent.RemoveFirst();
            }
            SignalLocked();
            return number;
        }
    }

    internal void Answered(long number, int status)
    {
        lock (_gate)
        {
            if (!_byNumber.TryGetValue(number, out var node))
                return;
            node.Value = node.Value with { Status = status };
            SignalLocked();
        }
    }

    private void SignalLocked()
    {
        var signal = _changed;
        _changed = NewSignal();
        signal.SetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
