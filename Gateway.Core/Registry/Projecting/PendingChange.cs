namespace Gateway.Core.Registry.Projecting;

/// <summary>
/// Since when the oldest change waits to be published. Any thread records an arrival; the projector takes it and clears it once published; the
/// projector's watch reads it.
/// </summary>
internal sealed class PendingChange(TimeProvider time)
{
    // Timestamps; 0: none. Not taken by a round yet; taken by a round that is not published, or that failed.
    private long _arrived;
    private long _taken;

    /// <summary>The timestamp of the oldest change that is not published; 0: there is none.</summary>
    public long Oldest => Volatile.Read(ref _taken) is not 0 and var taken ? taken : Volatile.Read(ref _arrived);

    /// <param name="at">0: now.</param>
    public void Arrive(long at = 0) => Interlocked.CompareExchange(ref _arrived, at == 0 ? time.GetTimestamp() : at, 0);

    /// <summary>A round begins: the arrival of the first change that it publishes; 0: it was not woken by any.</summary>
    public long Take()
    {
        var arrived = Interlocked.Exchange(ref _arrived, 0);
        if (_taken == 0)
            Volatile.Write(ref _taken, arrived);
        return arrived;
    }

    /// <summary>What the round took is published, or changes nothing.</summary>
    public void Clear() => Volatile.Write(ref _taken, 0);

    public bool HasWaited(TimeSpan limit) => Oldest is not 0 and var oldest && time.GetElapsedTime(oldest) >= limit;
}
