using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Gateway.Api.Operations;

/// <summary>One metric with all its series. Any thread records; the scrape reads.</summary>
internal sealed class MetricFamily
{
    private static readonly double[] DefaultBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    // The runtime declares these as counters, but their values can fall.
    private static readonly HashSet<string> LevelsOfTheRuntime = ["dotnet.thread_pool.thread.count", "dotnet.thread_pool.queue.length"];

    [ThreadStatic]
    private static StringBuilder? t_labels;

    private readonly ConcurrentDictionary<string, MetricSeries> _series = new(StringComparer.Ordinal);
    private readonly MetricKind _kind;
    private readonly string _help;
    private readonly string? _unit;
    private readonly double[] _buckets = [];

    public MetricFamily(Instrument instrument)
    {
        var type = instrument.GetType().GetGenericTypeDefinition();
        _kind = type switch
        {
            _ when type == typeof(Counter<>) => MetricKind.Sum,
            _ when LevelsOfTheRuntime.Contains(instrument.Name) => MetricKind.Observed,
            _ when type == typeof(ObservableCounter<>) => MetricKind.ObservedSum,
            _ when type == typeof(UpDownCounter<>) => MetricKind.Level,
            _ when type == typeof(Histogram<>) => MetricKind.Distribution,
            _ => MetricKind.Observed,
        };
        _help = instrument.Description ?? instrument.Name;
        _unit = UnitOf(instrument.Unit);
        var name = new string([.. instrument.Name.Select(static c => char.IsAsciiLetterOrDigit(c) ? c : '_')]);
        if (instrument.Meter.Name == Core.Diagnostics.GatewayMetrics.MeterName)
            name = $"registry_gateway_{(name.StartsWith("registry_", StringComparison.Ordinal) ? name["registry_".Length..] : name)}";
        Name = _unit is null || name.EndsWith("_" + _unit, StringComparison.Ordinal) ? name : $"{name}_{_unit}";
        if (_kind == MetricKind.Distribution)
            _buckets = (instrument as Histogram<double>)?.Advice?.HistogramBucketBoundaries?.ToArray() ?? DefaultBuckets;
    }

    /// <summary>Without the suffix of a counter's samples.</summary>
    public string Name { get; }

    public bool IsCounter => _kind is MetricKind.Sum or MetricKind.ObservedSum;

    public void Take(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = (t_labels ??= new StringBuilder(128)).Clear();
        foreach (var (name, tag) in tags)
        {
            if (labels.Length > 0)
                labels.Append(',');
            AppendName(labels, name);
            labels.Append("=\"");
            AppendEscaped(labels, Convert.ToString(tag, CultureInfo.InvariantCulture) ?? "");
            labels.Append('"');
        }

        // Looked up by its characters; the key string is created only for a new series.
        Span<char> key = labels.Length <= 512 ? stackalloc char[labels.Length] : new char[labels.Length];
        labels.CopyTo(0, key, labels.Length);
        var lookup = _series.GetAlternateLookup<ReadOnlySpan<char>>();
        if (!lookup.TryGetValue(key, out var series))
            series = _series.GetOrAdd(key.ToString(), static (_, buckets) => new MetricSeries(buckets), _buckets);
        switch (_kind)
        {
            case MetricKind.Sum or MetricKind.Level:
                series.Add(value);
                break;
            case MetricKind.Distribution:
                series.Record(value);
                break;
            default:
                series.Set(value);
                break;
        }
    }

    public void Write(StringBuilder text, bool isOpenMetrics)
    {
        if (_series.IsEmpty)
            return;
        var declared = IsCounter && !isOpenMetrics ? Name + "_total" : Name;
        var type = IsCounter ? "counter" : _kind == MetricKind.Distribution ? "histogram" : "gauge";
        text.Append("# HELP ").Append(declared).Append(' ').Append(_help.Replace("\\", "\\\\").Replace("\n", "\\n").Replace("\"", isOpenMetrics ? "\\\"" : "\"")).Append('\n');
        text.Append("# TYPE ").Append(declared).Append(' ').Append(type).Append('\n');
        if (isOpenMetrics && _unit is not null)
            text.Append("# UNIT ").Append(declared).Append(' ').Append(_unit).Append('\n');
        foreach (var (labels, series) in _series.OrderBy(static entry => entry.Key, StringComparer.Ordinal))
        {
            if (_kind == MetricKind.Distribution)
                series.WriteHistogram(text, Name, labels, _buckets);
            else
                MetricSeries.WriteSample(text, IsCounter ? Name + "_total" : Name, labels, series.Value);
        }
    }

    private static string? UnitOf(string? unit) => unit switch
    {
        "s" => "seconds",
        "ms" => "milliseconds",
        "By" => "bytes",
        _ => null, // "{instance}" and the like are annotations, not units.
    };

    private static void AppendName(StringBuilder labels, string name)
    {
        foreach (var c in name)
            labels.Append(char.IsAsciiLetterOrDigit(c) ? c : '_');
    }

    private static void AppendEscaped(StringBuilder labels, string value)
    {
        foreach (var c in value)
        {
            _ = c switch
            {
                '\\' => labels.Append("\\\\"),
                '"' => labels.Append("\\\""),
                '\n' => labels.Append("\\n"),
                _ => labels.Append(c),
            };
        }
    }
}

/// <summary>How measurements are aggregated.</summary>
internal enum MetricKind
{
    /// <summary>The sum of all measurements; never falls.</summary>
    Sum,

    /// <summary>Each measurement is the sum so far.</summary>
    ObservedSum,

    /// <summary>The sum of all measurements; may fall.</summary>
    Level,

    /// <summary>The last measurement.</summary>
    Observed,

    /// <summary>Measurements are counted by size.</summary>
    Distribution,
}
