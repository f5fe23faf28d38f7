using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Controllers;

/// <summary>
/// Brings every change of some kinds to a controller and lets it work until nothing is left. The storage's callbacks write the queue,
/// the one task reads it; changes that pile up while the controller works are all noted before the next piece of work,
/// so a thousand changes of one Service become one piece of work.
/// </summary>
internal sealed class ControlLoop : IAsyncDisposable
{
    private readonly ObjectStorage _storage;
    private readonly IControlled _controlled;
    private readonly Lock _lock = new();
    private readonly ChangeSignal _signal = new();
    private readonly CancellationTokenSource _stop = new();
    private Task? _run;
    private List<Change> _heard = [];
    private List<TaskCompletionSource> _waiting = [];
    private bool _isVoid = true;

    public ControlLoop(ObjectStorage storage, IControlled controlled)
    {
        _storage = storage;
        _controlled = controlled;
        storage.Changed += OnChanged;
        storage.Restored += OnRestored;
    }

    public void Start() => _run = Task.Run(RunAsync);

    /// <summary>Look for work again, for a reason other than a change: time has passed.</summary>
    public void Wake() => _signal.Set();

    /// <summary>Ends when everything that was stored before this call has been seen and acted upon.</summary>
    public Task SettleAsync(CancellationToken cancellation)
    {
        var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_run is null or { IsCompleted: true })
            {
                return _run ?? Task.CompletedTask;
            }

            _waiting.Add(waiter);
        }

        _signal.Set();
        return waiter.Task.WaitAsync(cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        _storage.Changed -= OnChanged;
        _storage.Restored -= OnRestored;
        await _stop.CancelAsync();
        await (_run ?? Task.CompletedTask);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                // Whoever waits now is answered only if nothing is found after this line.
                var waiting = TakeWaiting();
                var found = NoteAll();
                while (_controlled.WorkOnce())
                {
                    _stop.Token.ThrowIfCancellationRequested();
                    found = true;
                    NoteAll();
                }

                if (found || HasHeard())
                {
                    PutBack(waiting);
                    continue;
                }

                waiting.ForEach(static waiter => waiter.SetResult());
                await _signal.WaitAsync(_stop.Token);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            TakeWaiting().ForEach(static waiter => waiter.TrySetCanceled());
        }
        catch (Exception fault)
        {
            TakeWaiting().ForEach(waiter => waiter.TrySetException(fault));
            throw;
        }
    }

    private bool NoteAll()
    {
        List<Change> heard;
        bool isVoid;
        lock (_lock)
        {
            (heard, _heard) = (_heard, []);
            (isVoid, _isVoid) = (_isVoid, false);
        }

        if (isVoid)
        {
            _controlled.Reset();
            foreach (var item in _controlled.Kinds.SelectMany(_storage.List))
            {
                _controlled.Note(ChangeType.Added, item);
            }
        }

        foreach (var change in heard)
        {
            _controlled.Note(change.Type, change.Current);
        }

        return isVoid || heard.Count > 0;
    }

    private void OnChanged(Change change)
    {
        if (!_controlled.Kinds.Contains(change.Kind))
        {
            return;
        }

        lock (_lock)
        {
            _heard.Add(change);
        }

        _signal.Set();
    }

    private void OnRestored()
    {
        lock (_lock)
        {
            _heard.Clear();
            _isVoid = true;
        }

        _signal.Set();
    }

    private bool HasHeard()
    {
        lock (_lock)
        {
            return _isVoid || _heard.Count > 0;
        }
    }

    private List<TaskCompletionSource> TakeWaiting()
    {
        lock (_lock)
        {
            (var waiting, _waiting) = (_waiting, []);
            return waiting;
        }
    }

    private void PutBack(List<TaskCompletionSource> waiting)
    {
        lock (_lock)
        {
            _waiting.AddRange(waiting);
        }
    }
}
