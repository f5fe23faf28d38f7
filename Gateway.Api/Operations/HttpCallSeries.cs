namespace Gateway.Api.Operations;

/// <summary>The durations of the calls with the same labels, as a histogram. Written by every such call, read by scrapes.</summary>
/// <param name="labels">What they have in common.</param>
/// <param name="frequency">Ticks of a second.</param>
internal sealed class HttpCallSeries(HttpCallLabels labels, long frequency)
{
    // As .NET advises for this metric.
    internal static readonly double[] Bounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    private readonly long[] _ticks = [.. Bounds.Select(bound => (long)(bound * frequency))];

    // A bucket for each bound and one for what is longer, then the sum.
    private readonly ShardedCells _cells = new(Bounds.Length + 2);

    public HttpCallLabels Labels => labels;

    public double Sum => _cells.Sum(Bounds.Length + 1) / (double)frequency;

    public void Record(long ticks)
    {
        var bucket = 0;
        while (bucket < _ticks.Length && ticks > _ticks[bucket])
            bucket++;
        _cells.Add(bucket, Bounds.Length + 1, ticks);
    }

    /// <summary>Calls as long as each bound or shorter, and last all of them.</summary>
    public long[] Cumulated()
    {
        var counts = new long[Bounds.Length + 1];
        for (var (bucket, sum) = (0, 0L); bucket < counts.Length; bucket++)
            counts[bucket] = sum += _cells.Sum(bucket);
        return counts;
    }
}

/// <summary>Counters that each processor has of its own, so that none waits for another's cache.</summary>
internal sealed class ShardedCells
{
    private static readonly int Mask = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Min(Environment.ProcessorCount, 16)) - 1;

    private readonly long[][] _shards;

    public ShardedCells(int cells) => _shards = [.. Enumerable.Range(0, Mask + 1).Select(_ => new long[cells])];

    private long[] Mine => _shards[Thread.GetCurrentProcessorId() & Mask];

    public void Add(int cell, long value) => Interlocked.Add(ref Mine[cell], value);

    /// <summary>One more in a cell, and a value more in another.</summary>
    public void Add(int counted, int summed, long value)
    {
        var mine = Mine;
        Interlocked.Increment(ref mine[counted]);
        Interlocked.Add(ref mine[summed], value);
    }

    public long Sum(int cell)
    {
        var sum = 0L;
        foreach (var shard in _shards)
            sum += Volatile.Read(ref shard[cell]);
        return sum;
    }
}
