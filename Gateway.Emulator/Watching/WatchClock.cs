using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Watching;

/// <summary>
/// Times the bookmarks and the end of a watch: a bookmark every interval, and one more two seconds before the end, as the real watch cache
/// does. Its timers only set flags and wake the watch.
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
        _timers.Add(time.CreateTimer(_ => SetBookmarkDue(reader), null, interval, interval));
        if (timeout > BeforeEnd)
            _timers.Add(time.CreateTimer(_ => SetBookmarkDue(reader), null, timeout - BeforeEnd, Timeout.InfiniteTimeSpan));
    }

    public bool HasEnded => _ended;

    /// <summary>True if a bookmark has come due since the last call.</summary>
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

    private void SetBookmarkDue(ChangeReader reader)
    {
        _bookmarkDue = true;
        reader.Wake();
    }
}
