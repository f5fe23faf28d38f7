using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Gateway.Tests.Support;

/// <summary>Gives a gateway its meter and adds up what is counted on it, by instrument and by instrument with the values of its tags.</summary>
public sealed class MetricsRecorder : IMeterFactory
{
    private readonly ConcurrentDictionary<string, long> _sums = new();
    private readonly ConcurrentDictionary<string, long> _last = new();
    private readonly MeterListener _listener = new();
    private Meter? _meter;

    public MetricsRecorder()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter, _meter))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            _last[instrument.Name] = value;
            _sums.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value);
            foreach (var tag in tags)
                _sums.AddOrUpdate($"{instrument.Name} {tag.Key}={tag.Value}", value, (_, sum) => sum + value);
        });
        _listener.Start();
    }

    /// <summary>The sum of an instrument's name, or of "name tag=value".</summary>
    public long this[string name] => _sums.GetValueOrDefault(name);

    /// <summary>The value of a gauge, as it was measured last; null: never.</summary>
    public long? Last(string name) => _last.TryGetValue(name, out var value) ? value : null;

    public Meter Create(MeterOptions options) => _meter = new Meter(options);

    public void Dispose()
    {
        _listener.Dispose();
        _meter?.Dispose();
    }
}
