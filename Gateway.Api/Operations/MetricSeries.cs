using System.Globalization;
using System.Text;

namespace Gateway.Api.Operations;

/// <summary>One series: a value, or a histogram. Any thread records, under the series' own lock, which is held briefly.</summary>
internal sealed class MetricSeries(double[] buckets)
{
    private readonly Lock _gate = new();
    private readonly long[] _counts = new long[buckets.Length + 1];
    private double _value;

    public double Value => Volatile.Read(ref _value);

    public void Set(double value) => Volatile.Write(ref _value, value);

    public void Add(double value)
    {
        lock (_gate)
            _value += value;
    }

    public void Record(double value)
    {
        // Bounds are inclusive ("le").
        var bucket = Array.BinarySearch(buckets, value);
        lock (_gate)
        {
            _counts[bucket < 0 ? ~bucket : bucket]++;
            _value += value;
        }
    }

    public void WriteHistogram(StringBuilder text, string name, string labels, double[] bounds)
    {
        long[] counts;
        double sum;
        lock (_gate)
            (counts, sum) = ([.. _counts], _value);
        var separator = labels.Length == 0 ? "" : ",";
        var total = 0L;
        for (var i = 0; i < counts.Length; i++)
        {
            total += counts[i];
            var bound = i < bounds.Length ? Number(bounds[i]) : "+Inf";
            WriteSample(text, name + "_bucket", $"{labels}{separator}le=\"{bound}\"", total);
        }

        WriteSample(text, name + "_sum", labels, sum);
        WriteSample(text, name + "_count", labels, total);
    }

    public static void WriteSample(StringBuilder text, string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0)
            text.Append('{').Append(labels).Append('}');
        text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf" : double.IsNegativeInfinity(value) ? "-Inf" : value.ToString("R", CultureInfo.InvariantCulture);
}
