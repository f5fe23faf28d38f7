namespace Gateway.Tests.Support;

/// <summary>
/// Time that stands still until a test moves it. Timers (hence Task.Delay, CancellationTokenSource and PeriodicTimer on this provider) fire
/// inside <see cref="Advance"/>, in the order in which they are due, each seeing its own due time as now.
/// </summary>
public sealed class ManualTimeProvider : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private readonly List<Waiter> _waiters = [];
    private DateTimeOffset _now;
    private TimeSpan _wallOffset;
    private long _sequence;

    public ManualTimeProvider()
        : this(new DateTimeOffset(2026, 11, 20, 12, 0, 0, TimeSpan.Zero))
    {
    }

    public ManualTimeProvider(DateTimeOffset start) => _now = start;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>How many timers are armed.</summary>
    public int ActiveTimers
    {
        get
        {
            lock (_gate)
            {
                return _timers.Count;
            }
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
        {
            return _now + _wallOffset;
        }
    }

    public override long GetTimestamp()
    {
        lock (_gate)
        {
            return _now.UtcTicks;
        }
    }

    /// <summary>The wall clock is set, forward or back; timers and timestamps, which are monotonic, do not notice.</summary>
    public void JumpWallClock(TimeSpan by)
    {
        lock (_gate)
        {
            _wallOffset += by;
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves time on and fires every timer that comes due on the way, on this thread.</summary>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        DateTimeOffset target;
        lock (_gate)
        {
            target = _now + by;
        }

        while (TakeDue(target) is { } timer)
        {
            timer.Fire();
        }
    }

    /// <summary>Moves time in steps until the condition is met, which makes a call between them: what waits for a time that is over before it waits misses it.</summary>
    public async Task AdvanceUntilAsync(TimeSpan step, Func<Task<bool>> met)
    {
        using var limit = new CancellationTokenSource(Patience.Limit);
        while (!await met())
        {
            limit.Token.ThrowIfCancellationRequested();
            Advance(step);
        }
    }

    /// <summary>Completes once at least <paramref name="count"/> timers are armed.</summary>
    public Task WaitForTimersAsync(int count) => WaitAsync(armed => armed.Count >= count);

    /// <summary>Completes once a timer is armed whose time from now satisfies <paramref name="dueIn"/>.</summary>
    public Task WaitForTimerAsync(Predicate<TimeSpan> dueIn) => WaitAsync(armed => armed.Any(due => dueIn(due)));

    /// <summary>Completes once a timer is armed that is due in exactly this time.</summary>
    public Task WaitForTimerAsync(TimeSpan dueIn) => WaitForTimerAsync(due => due == dueIn);

    /// <summary>Waits until such a timer is armed; the time from now of the earliest one.</summary>
    public async Task<TimeSpan> NextTimerAsync(Predicate<TimeSpan> dueIn)
    {
        await WaitForTimerAsync(dueIn);
        lock (_gate)
            return DueTimesLocked().Where(due => dueIn(due)).Min();
    }

    private Task WaitAsync(Func<IReadOnlyCollection<TimeSpan>, bool> satisfied)
    {
        lock (_gate)
        {
            if (satisfied(DueTimesLocked()))
                return Task.CompletedTask;

            var waiter = new Waiter(satisfied, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            _waiters.Add(waiter);
            return waiter.Completion.Task.WaitAsync(Patience.Limit);
        }
    }

    private List<TimeSpan> DueTimesLocked() => [.. _timers.Select(timer => timer.Due - _now)];

    private ManualTimer? TakeDue(DateTimeOffset target)
    {
        lock (_gate)
        {
            var next = _timers.Where(timer => timer.Due <= target).MinBy(timer => (timer.Due, timer.Sequence));
            if (next is null)
            {
                _now = target;
                return null;
            }

            if (next.Due > _now)
                _now = next.Due;
            if (next.Period > TimeSpan.Zero)
                next.Due += next.Period;
            else
                _timers.Remove(next);
            return next;
        }
    }

    private sealed record Waiter(Func<IReadOnlyCollection<TimeSpan>, bool> Satisfied, TaskCompletionSource Completion);

    private sealed class ManualTimer(ManualTimeProvider owner, TimerCallback callback, object? state) : ITimer
    {
        public DateTimeOffset Due { get; set; }
        public TimeSpan Period { get; private set; }
        public long Sequence { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (owner._gate)
            {
                owner._timers.Remove(this);
                if (dueTime == Timeout.InfiniteTimeSpan)
                    return true;

                Due = owner._now + dueTime;
                Period = period == Timeout.InfiniteTimeSpan ? TimeSpan.Zero : period;
                Sequence = owner._sequence++;
                owner._timers.Add(this);
                owner._waiters.RemoveAll(waiter =>
                    waiter.Satisfied(owner.DueTimesLocked()) && waiter.Completion.TrySetResult());
                return true;
            }
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
