using System.Globalization;
using System.Text.RegularExpressions;

namespace Gateway.Benchmarks.Processes;

/// <summary>A histogram of a Prometheus page: upper bounds, ascending, and how many values lie at or below each, over all series.</summary>
internal sealed partial record Histogram(IReadOnlyList<(double Bound, double Count)> Buckets)
{
    public double Count => Buckets.Count > 0 ? Buckets[^1].Count : 0;

    /// <param name="name">Without <c>_bucket</c>.</param>
    public static Histogram Of(string page, string name) => new(
    [
        .. page.Split('\n').Where(line => line.StartsWith(name + "_bucket{", StringComparison.Ordinal))
            .Select(static line => (Bound: Bound().Match(line).Groups[1].Value, Count: double.Parse(line[(line.LastIndexOf('}') + 1)..].Trim().Split(' ')[0], CultureInfo.InvariantCulture)))
            .GroupBy(static one => one.Bound == "+Inf" ? double.PositiveInfinity : double.Parse(one.Bound, CultureInfo.InvariantCulture), static one => one.Count)
            .Select(static one => (Bound: one.Key, Count: one.Sum())).OrderBy(static one => one.Bound),
    ]);

    /// <summary>The values that came after an earlier page.</summary>
    public Histogram Since(Histogram earlier) => new([.. Buckets.Select((one, i) => (one.Bound, one.Count - (i < earlier.Buckets.Count ? earlier.Buckets[i].Count : 0)))]);

    /// <summary>The values of both.</summary>
    public Histogram And(Histogram other) => Buckets.Count == 0 ? other : new([.. Buckets.Select((one, i) => (one.Bound, one.Count + other.Buckets[i].Count))]);

    /// <summary>Between the bounds of its bucket by a straight line, as Prometheus does; the last bound for what lies beyond it.</summary>
    public double Quantile(double part)
    {
        var (rank, below, low) = (part * Count, 0.0, 0.0);
        foreach (var (bound, count) in Buckets)
        {
            if (count >= rank && count > below)
                return double.IsInfinity(bound) ? low : low + ((bound - low) * (rank - below) / (count - below));
            (below, low) = (count, bound);
        }

        return low;
    }

    /// <summary>Which part of the values lies at or below a bound that the histogram has.</summary>
    public double PartWithin(double bound) => Count == 0 ? 0 : Buckets.Last(one => one.Bound <= bound).Count / Count;

    [GeneratedRegex("""[{,]le="([^"]+)"[,}]""")]
    private static partial Regex Bound();
}
