using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Watching;

/// <summary>
/// When a watch gets bookmarks and when it ends: a bookmark every interval, one more two seconds before the end, as the real watch cache sends
/// them. Its timers only set flags and wake the watch.
/// </summary>
internal sealed class WatchClock : IDisposable
{
    private static readonly TimeSpan BeforeEnd = TimeSpan.FromSeconds(2);

    private readonly List<ITimer> _timers = [];
    private volatile bool _bookmarkDue;
    private volatile bool _ended;

    public WatchClock(TimeProvider time, ChangeReader reader, TimeSpan timeout, TimeSpan? bookmarks)
    {
        _timers.Add(time.CreateTimer(_ => End(reader), null, timeout, Timeout.InfiniteTimeSpan));
        if (bookmarks is not { } interval)
            return;
        _timers.Add(time.CreateTimer(_ => Remind(reader), null, interval, interval));
        if (timeout > BeforeEnd)
            _timers.Add(time.CreateTimer(_ => Remind(reader), null, timeout - BeforeEnd, Timeout.InfiniteTimeSpan));
    }

    public bool HasEnded => _ended;

    /// <summary>True once for each time that a bookmark came due.</summary>
    public bool TakeBookmark()
    {
        var due = _bookmarkDue;
        _bookmarkDue = false;
        return due;
    }

    public void Dispose()
    {
        foreach (var timer in _timers)
            timer.Dispose();
    }

    private void End(ChangeReader reader)
    {
        _ended = true;
        reader.Wake();
    }

    private void Remind(ChangeReader reader)
    {
        _bookmarkDue = true;
        reader.Wake();
    }
}
