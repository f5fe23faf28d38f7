using System.Diagnostics.Metrics;

namespace Gateway.Core.Diagnostics;

/// <summary>Event streams.</summary>
public sealed partial class GatewayMetrics
{
    public Counter<long> StreamsOpened => field ??= _meter.CreateCounter<long>("registry.streams.opened", null, "Event streams opened.");

    /// <summary>Tag <c>reason</c>: client, too_slow, max_age, timeout, forbidden, shutdown.</summary>
    public Counter<long> StreamsClosed =>
        field ??= _meter.CreateCounter<long>("registry.streams.closed", null, "Event streams that ended, by who or what ended them.");

    public Counter<long> StreamsSlow =>
        field ??= _meter.CreateCounter<long>("registry.streams.slow", null, "Times that a reader held its stream back for a second or more, until it had caught up.");

    public Counter<long> StreamChangesConflated =>
        field ??= _meter.CreateCounter<long>("registry.streams.conflated", null, "Steps of a stream that skipped states of a service: its quick changes were told as one.");

    public Counter<long> StreamEvents => field ??= _meter.CreateCounter<long>("registry.streams.events", null, "Events sent to streams.");

    /// <summary>Tag <c>outcome</c>: known (the net difference was told, if any), snapshot, late.</summary>
    public Counter<long> StreamsResumed =>
        field ??= _meter.CreateCounter<long>("registry.streams.resumed", null, "Streams that came back with a Last-Event-ID, by what they were told.");

    /// <summary>Called once, by the hub.</summary>
    public void ObserveStreams(Func<int> count) =>
        _meter.CreateObservableGauge("registry.streams.open", () => count(), null, "Event streams open now.");
}
