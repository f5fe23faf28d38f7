using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Gateway.Core.Diagnostics;

/// <summary>
/// Keeps the current value of every instrument of one <see cref="GatewayMetrics"/> and writes them in the Prometheus text format (0.0.4).
/// Measurements come from any thread; a scrape reads them.
/// </summary>
public sealed class PrometheusListener : IDisposable
{
    public const string MediaType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<Instrument, PrometheusFamily> _families = new();

    /// <param name="scope">The meter factory that the metrics were made with: several gateways in one process do not see each other's.</param>
    public PrometheusListener(object? scope)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == GatewayMetrics.MeterName && Equals(instrument.Meter.Scope, scope))
                listener.EnableMeasurementEvents(instrument, _families.GetOrAdd(instrument, static made => new PrometheusFamily(made)));
        };
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, family) => ((PrometheusFamily)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, family) => ((PrometheusFamily)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, family) => ((PrometheusFamily)family!).Record(value, tags));
        _listener.Start();
    }

    public string Scrape()
    {
        foreach (var family in _families.Values)
            family.BeginScrape();
        _listener.RecordObservableInstruments();
        var text = new StringBuilder();
        foreach (var family in _families.Values.OrderBy(static family => family.Name, StringComparer.Ordinal))
            family.Write(text);
        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();

    internal static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };
}
