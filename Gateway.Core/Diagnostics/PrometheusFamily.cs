using System.Diagnostics.Metrics;
using System.Text;

namespace Gateway.Core.Diagnostics;

/// <summary>All series of one instrument. Written by whoever measures, read by a scrape, both under its own lock.</summary>
internal sealed class PrometheusFamily
{
    private static readonly double[] DefaultBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly Lock _gate = new();
    private readonly Dictionary<string, PrometheusSeries> _series = new(StringComparer.Ordinal);
    private readonly Instrument _instrument;
    private readonly string _type;
    private readonly bool _isObservable;
    private readonly double[] _bounds;

    public PrometheusFamily(Instrument instrument)
    {
        _instrument = instrument;
        var generic = instrument.GetType().GetGenericTypeDefinition();
        _isObservable = generic == typeof(ObservableCounter<>) || generic == typeof(ObservableGauge<>) || generic == typeof(ObservableUpDownCounter<>);
        _type = generic == typeof(Counter<>) || generic == typeof(ObservableCounter<>) ? "counter"
            : generic == typeof(Histogram<>) ? "histogram" : "gauge";
        _isGauge = generic == typeof(Gauge<>) || _isObservable;
        _bounds = instrument is Histogram<double> { Advice.HistogramBucketBoundaries: { } advised } ? [.. advised] : DefaultBounds;
        Name = NameOf(instrument, _type);
    }

    private readonly bool _isGauge;

    public string Name { get; }

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = LabelsOf(tags);
        lock (_gate)
        {
            if (!_series.TryGetValue(labels, out var series))
                _series[labels] = series = new PrometheusSeries(_type == "histogram" ? _bounds.Length + 1 : 0);
            if (_type == "histogram")
                series.Observe(value, _bounds);
            else
                series.Value = _isGauge ? value : series.Value + value;
        }
    }

    /// <summary>What an observable does not report this time is gone.</summary>
    public void BeginScrape()
    {
        if (!_isObservable)
            return;
        lock (_gate)
            _series.Clear();
    }

    public void Write(StringBuilder text)
    {
        lock (_gate)
        {
            if (_series.Count == 0)
                return;
            text.Append("# HELP ").Append(Name).Append(' ').Append((_instrument.Description ?? "").ReplaceLineEndings(" ")).Append('\n');
            text.Append("# TYPE ").Append(Name).Append(' ').Append(_type).Append('\n');
            foreach (var (labels, series) in _series.OrderBy(static entry => entry.Key, StringComparer.Ordinal))
            {
                if (_type == "histogram")
                    series.WriteHistogram(text, Name, labels, _bounds);
                else
                    text.Append(Name).Append(labels.Length == 0 ? "" : $"{{{labels}}}").Append(' ').Append(PrometheusListener.Number(series.Value)).Append('\n');
            }
        }
    }

    private static string NameOf(Instrument instrument, string type)
    {
        var dotted = instrument.Name.StartsWith("registry.", StringComparison.Ordinal) ? instrument.Name["registry.".Length..] : instrument.Name;
        var name = new StringBuilder("registry_gateway_");
        foreach (var c in dotted)
            name.Append(char.IsAsciiLetterOrDigit(c) ? c : '_');
        var unit = instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" };
        if (!name.ToString().EndsWith(unit, StringComparison.Ordinal))
            name.Append(unit);
        return type == "counter" ? name.Append("_total").ToString() : name.ToString();
    }

    private static string LabelsOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
            return "";
        var labels = new StringBuilder();
        foreach (var (key, value) in tags)
        {
            if (labels.Length > 0)
                labels.Append(',');
            foreach (var c in key)
                labels.Append(char.IsAsciiLetterOrDigit(c) ? c : '_');
            var escaped = (value?.ToString() ?? "").Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
                .Replace("\n", "\\n", StringComparison.Ordinal);
            labels.Append("=\"").Append(escaped).Append('"');
        }
        return labels.ToString();
    }
}
