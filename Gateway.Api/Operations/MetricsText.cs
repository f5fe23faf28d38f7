using System.Diagnostics.Metrics;
using System.Text;
using Gateway.Core.Diagnostics;

namespace Gateway.Api.Operations;

/// <summary>
/// Every metric of this process as Prometheus text (exposition format 0.0.4) or OpenMetrics 1.0: the gateway's own, HTTP by route, Kestrel and
/// the runtime. Any thread records measurements; a scrape reads them.
/// </summary>
public sealed class MetricsText : IDisposable
{
    private static readonly string[] Meters =
        [GatewayMetrics.MeterName, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];

    private readonly Lock _scrape = new();
    private readonly MeterListener _listener = new();
    private readonly SortedDictionary<string, MetricFamily> _families = new(StringComparer.Ordinal);

    /// <param name="metrics">Created first: only this gateway's instruments are collected, since several gateways may run in one process.</param>
    public MetricsText(GatewayMetrics metrics)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (Array.IndexOf(Meters, instrument.Meter.Name) < 0 || (instrument.Meter.Name == GatewayMetrics.MeterName && !metrics.Owns(instrument.Meter)))
                return;
            listener.EnableMeasurementEvents(instrument, FamilyOf(instrument));
        };
        _listener.SetMeasurementEventCallback<byte>(static (_, value, tags, family) => Take(family, value, tags));
        _listener.SetMeasurementEventCallback<short>(static (_, value, tags, family) => Take(family, value, tags));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, family) => Take(family, value, tags));
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, family) => Take(family, value, tags));
        _listener.SetMeasurementEventCallback<float>(static (_, value, tags, family) => Take(family, value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, family) => Take(family, value, tags));
        _listener.SetMeasurementEventCallback<decimal>(static (_, value, tags, family) => Take(family, (double)value, tags));
        _listener.Start();
    }

    public string Write(bool isOpenMetrics)
    {
        var text = new StringBuilder(16 * 1024);
        lock (_scrape)
        {
            _listener.RecordObservableInstruments();
            MetricFamily[] families;
            lock (_families)
                families = [.. _families.Values];
            foreach (var family in families)
                family.Write(text, isOpenMetrics);
        }

        return isOpenMetrics ? text.Append("# EOF\n").ToString() : text.ToString();
    }

    public void Dispose() => _listener.Dispose();

    private MetricFamily FamilyOf(Instrument instrument)
    {
        var family = new MetricFamily(instrument);
        lock (_families)
        {
            // Two meters with one name (two servers in one process) share a family.
            if (_families.TryGetValue(family.Name, out var known))
                return known;
            _families.Add(family.Name, family);
            return family;
        }
    }

    private static void Take(object? family, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) => ((MetricFamily)family!).Take(value, tags);
}
