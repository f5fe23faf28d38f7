using Gateway.Core.Timing;

namespace Gateway.Core.Supervision;

/// <summary>
/// A timer whose callback may fail: it is then called again after a pause, like a loop, because it may not have set the timer's next time.
/// The callback runs on the timer's thread, one at a time.
/// </summary>
internal sealed class SupervisedTimer : ITimer
{
    private readonly ITimer _timer;
    private readonly Backoff _failures;

    public SupervisedTimer(LoopSupervisor supervisor, SupervisionOptions options, TimeProvider time, string name, Action callback)
    {
        _failures = new(options.Pauses, time);
        _timer = time.CreateTimer(_ => Fire(supervisor, name, callback), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public bool Change(TimeSpan dueTime, TimeSpan period) => _timer.Change(dueTime, period);

    public void Dispose() => _timer.Dispose();

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void Fire(LoopSupervisor supervisor, string name, Action callback)
    {
        try
        {
            callback();
            _failures.Reset();
        }
        catch (Exception failure)
        {
            if (supervisor.Report(name, failure, _failures) is { } pause)
                _timer.Change(pause, Timeout.InfiniteTimeSpan);
        }
    }
}
