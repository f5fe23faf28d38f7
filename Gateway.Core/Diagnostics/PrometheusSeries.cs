using System.Globalization;
using System.Text;

namespace Gateway.Core.Diagnostics;

/// <summary>One series: a value, or a histogram's buckets. Its family's lock guards it.</summary>
internal sealed class PrometheusSeries(int buckets)
{
    private readonly long[] _buckets = new long[buckets];
    private double _sum;

    public double Value { get; set; }

    public void Observe(double value, double[] bounds)
    {
        var index = Array.FindIndex(bounds, bound => value <= bound);
        _buckets[index < 0 ? bounds.Length : index]++;
        _sum += value;
    }

    public void WriteHistogram(StringBuilder text, string name, string labels, double[] bounds)
    {
        var prefix = labels.Length == 0 ? "" : labels + ",";
        var braced = labels.Length == 0 ? "" : $"{{{labels}}}";
        var count = 0L;
        for (var i = 0; i < _buckets.Length; i++)
        {
            count += _buckets[i];
            var bound = PrometheusListener.Number(i < bounds.Length ? bounds[i] : double.PositiveInfinity);
            text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{prefix}le=\"{bound}\"}} {count}\n");
        }
        text.Append(CultureInfo.InvariantCulture, $"{name}_sum{braced} {PrometheusListener.Number(_sum)}\n{name}_count{braced} {count}\n");
    }
}
