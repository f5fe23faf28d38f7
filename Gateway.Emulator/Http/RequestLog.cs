using System.Collections.Immutable;

namespace Gateway.Emulator.Http;

/// <summary>
/// The requests that have reached the server, the latest ones in full. Written by every request as it arrives and as its answer begins;
/// read by tests.
/// </summary>
public sealed class RequestLog
{
    private const int Kept = 10_000;

    private readonly Lock _lock = new();
    private readonly LinkedList<LoggedRequest> _recent = [];
    private readonly Dictionary<long, LinkedListNode<LoggedRequest>> _byNumber = [];
    private long _total;
    private TaskCompletionSource _changed = NewSignal();

    /// <summary>All requests since the start, those no longer kept included.</summary>
    public long Total => Interlocked.Read(ref _total);

    /// <summary>The kept requests, oldest first.</summary>
    public ImmutableArray<LoggedRequest> Recent
    {
        get
        {
            lock (_lock)
                return [.. _recent];
        }
    }

    public int Count(Func<LoggedRequest, bool> matches)
    {
        lock (_lock)
            return _recent.Count(matches);
    }

    /// <summary>Waits until as many kept requests match; those already there count.</summary>
    public async Task WaitUntilAsync(Func<LoggedRequest, bool> matches, int count = 1, CancellationToken cancellation = default)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_recent.Count(matches) >= count)
                    return;
                changed = _changed.Task;
            }
            await changed.WaitAsync(cancellation);
        }
    }

    /// <summary>Forgets the kept requests, so that a test counts from here.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _recent.Clear();
            _byNumber.Clear();
        }
    }

    internal long Arrived(ObservedRequest request)
    {
        lock (_lock)
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
        lock (_lock)
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
