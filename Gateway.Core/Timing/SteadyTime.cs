using System.Runtime.CompilerServices;

namespace Gateway.Core.Timing;

/// <summary>
/// Time that no step of the wall clock moves: the wall clock as it was when it was first asked for, plus what has elapsed by the timestamp
/// since. For deadlines, ages and cache times inside this process; what others read (records, Leases, logs) has the wall clock's time.
/// </summary>
public static class SteadyTime
{
    private static readonly ConditionalWeakTable<TimeProvider, Start> Starts = [];

    /// <summary>All callers with the same provider share one start, so their times can be compared.</summary>
    public static DateTimeOffset GetSteadyNow(this TimeProvider time)
    {
        var start = Starts.GetValue(time, static provider => new(provider.GetUtcNow(), provider.GetTimestamp()));
        return start.WallClock + time.GetElapsedTime(start.Timestamp);
    }

    private sealed record Start(DateTimeOffset WallClock, long Timestamp);
}
