using Gateway.Core.Timing;

namespace Gateway.Core.Supervision;

/// <summary>
/// A timer whose callback may fail: it is then called again after a pause, like a loop, because it may not have set the timer's next time.
/// The callback runs on the timer's thread, one at a time.
/// </summary>
internal sealed class SupervisedTimer : ITimer
{
    private readonly LoopSupervisor _supervisor;
    private readonly SupervisionOptions _options;
    private readonly TimeProvider _time;
    private readonly string _name;
    private readonly Action<object?> _callback;
    private readonly object? _state;
    private readonly ITimer _timer;

    // Made by the first failure: every stream has a timer, and hardly one ever fails.
    private Backoff? _failures;

    public SupervisedTimer(LoopSupervisor supervisor, SupervisionOptions options, TimeProvider time, string name, Action<object?> callback, object? state)
    {
        (_supervisor, _options, _time, _name, _callback, _state) = (supervisor, options, time, name, callback, state);
        _timer = time.CreateTimer(static timer => ((SupervisedTimer)timer!).Fire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public bool Change(TimeSpan dueTime, TimeSpan period) => _timer.Change(dueTime, period);

    public void Dispose() => _timer.Dispose();

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void Fire()
    {
        try
        {
            _callback(_state);
            _failures?.Reset();
        }
        catch (Exception failure)
        {
            if (_supervisor.Report(_name, failure, _failures ??= new(_options.Pauses, _time)) is { } pause)
                _timer.Change(pause, Timeout.InfiniteTimeSpan);
        }
    }
}
