using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Controllers;

/// <summary>
/// Passes every change of some kinds to a controller and lets it work until nothing is left. The storage's callbacks write the queue, the
/// loop's one task reads it. Changes that arrive while the controller works are all recorded before the next piece of work, so a thousand
/// changes of one Service become one piece of work.
/// </summary>
internal sealed class ControlLoop : IAsyncDisposable
{
    private readonly ObjectStorage _storage;
    private readonly IControlled _controlled;
    private readonly Lock _gate = new();
    private readonly ChangeSignal _signal = new();
    private readonly CancellationTokenSource _stop = new();
    private Task? _run;
    private List<Change> _unprocessed = [];
    private List<TaskCompletionSource> _waiting = [];
    private bool _mustReset = true;

    public ControlLoop(ObjectStorage storage, IControlled controlled)
    {
        _storage = storage;
        _controlled = controlled;
        storage.Changed += OnChanged;
        storage.Restored += OnRestored;
    }

    public void Start() => _run = Task.Run(RunAsync);

    /// <summary>Makes the loop look for work although nothing was stored: a timer has fired.</summary>
    public void Wake() => _signal.Set();

    /// <summary>Completes when everything that was stored before this call has been processed.</summary>
    public Task SettleAsync(CancellationToken cancellationToken)
    {
        var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_run is null or { IsCompleted: true })
            {
                return _run ?? Task.CompletedTask;
            }

            _waiting.Add(waiter);
        }

        _signal.Set();
        return waiter.Task.WaitAsync(cancellationToken);
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
                // A caller that waits now is released only if nothing is found after this line.
                var waiting = TakeWaiting();
                var found = RecordAll();
                while (_controlled.WorkOnce())
                {
                    _stop.Token.ThrowIfCancellationRequested();
                    found = true;
                    RecordAll();
                }

                if (found || HasUnprocessed())
                {
                    Requeue(waiting);
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

    private bool RecordAll()
    {
        List<Change> changes;
        bool mustReset;
        lock (_gate)
        {
            (changes, _unprocessed) = (_unprocessed, []);
            (mustReset, _mustReset) = (_mustReset, false);
        }

        if (mustReset)
        {
            _controlled.Reset();
            foreach (var item in _controlled.Kinds.SelectMany(_storage.List))
            {
                _controlled.Record(ChangeType.Added, item);
            }
        }

        foreach (var change in changes)
        {
            _controlled.Record(change.Type, change.Current);
        }

        return mustReset || changes.Count > 0;
    }

    private void OnChanged(Change change)
    {
        if (!_controlled.Kinds.Contains(change.Kind))
        {
            return;
        }

        lock (_gate)
        {
            _unprocessed.Add(change);
        }

        _signal.Set();
    }

    private void OnRestored()
    {
        lock (_gate)
        {
            _unprocessed.Clear();
            _mustReset = true;
        }

        _signal.Set();
    }

    private bool HasUnprocessed()
    {
        lock (_gate)
        {
            return _mustReset || _unprocessed.Count > 0;
        }
    }

    private List<TaskCompletionSource> TakeWaiting()
    {
        lock (_gate)
        {
            (var waiting, _waiting) = (_waiting, []);
            return waiting;
        }
    }

    private void Requeue(List<TaskCompletionSource> waiting)
    {
        lock (_gate)
        {
            _waiting.AddRange(waiting);
        }
    }
}
