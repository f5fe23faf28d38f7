namespace Gateway.Benchmarks.Runs;

/// <summary>One measurement.</summary>
/// <param name="Cpu">Processor seconds for one unit of work; 0: not measured.</param>
internal readonly record struct Sample(double Value, double Cpu)
{
    /// <summary>Requests that were not carried out.</summary>
    public long Refused { get; init; }

    public static Sample Median(IReadOnlyCollection<Sample> samples) =>
        new(MedianOf(samples.Select(static one => one.Value)), MedianOf(samples.Select(static one => one.Cpu)));

    public static double MedianOf(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>From the smallest value to the largest.</summary>
    public static double RangeOf(IReadOnlyCollection<Sample> samples) => samples.Max(static one => one.Value) - samples.Min(static one => one.Value);
}

/// <summary>The medians of both sides.</summary>
internal readonly record struct Pair(Sample Gateway, Sample Yardstick, int Rounds)
{
    /// <summary>A difference between the sides that is smaller says nothing: the ranges of both, over all rounds.</summary>
    public double Noise { get; init; }

    public double? CpuRatio => Yardstick.Cpu > 0 ? Gateway.Cpu / Yardstick.Cpu : null;
}
