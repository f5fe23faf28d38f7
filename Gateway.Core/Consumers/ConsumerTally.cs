using Gateway.Core.Registry.Instances;

namespace Gateway.Core.Consumers;

/// <summary>Which tally a lookup counts in.</summary>
internal readonly record struct ConsumerTallyKey(ConsumerCaller Caller, ServiceKey Service, string? Facade);

/// <summary>
/// Counts the lookups and open streams of one caller for one service. Calls on any thread count; <see cref="ConsumerTable"/> takes what was counted, and
/// retires a tally that nothing counts in any more.
/// </summary>
internal sealed class ConsumerTally(ConsumerTallyKey key, long madeAt)
{
    private const int Retired = int.MinValue / 2;

    private long _lookups;
    private long _seenAt = madeAt;
    private int _streams;

    public ConsumerTallyKey Key { get; } = key;

    /// <summary>The timestamp of the latest lookup, or of the latest change of its streams.</summary>
    public long SeenAt => Volatile.Read(ref _seenAt);

    public int Streams => Math.Max(0, Volatile.Read(ref _streams));

    /// <summary>Something was counted, or is open, or is not closed where it was counted.</summary>
    public bool IsInUse => Volatile.Read(ref _lookups) > 0 || Streams > 0 || FoldedStreams > 0;

    /// <summary>Where the table has counted it; written by the table alone, as is how many streams it has counted there.</summary>
    public ConsumerEntry? Entry { get; set; }

    public int FoldedStreams { get; set; }

    public void LookedUp(long timestamp)
    {
        Volatile.Write(ref _seenAt, timestamp);
        Interlocked.Increment(ref _lookups);
    }

    /// <summary>False: it is retired, and another one has to be found.</summary>
    public bool TryOpenStream(long timestamp)
    {
        if (Interlocked.Increment(ref _streams) <= 0)
            return false;
        Volatile.Write(ref _seenAt, timestamp);
        return true;
    }

    public void CloseStream(long timestamp)
    {
        Volatile.Write(ref _seenAt, timestamp);
        Interlocked.Decrement(ref _streams);
    }

    /// <summary>The lookups since it was last asked.</summary>
    public long TakeLookups() => Volatile.Read(ref _lookups) == 0 ? 0 : Interlocked.Exchange(ref _lookups, 0);

    /// <summary>No stream can be counted in it any more; false: there is one.</summary>
    public bool TryRetire() => Interlocked.CompareExchange(ref _streams, Retired, 0) == 0;
}
