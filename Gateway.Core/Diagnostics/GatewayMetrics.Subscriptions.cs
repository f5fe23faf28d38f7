using System.Diagnostics.Metrics;

namespace Gateway.Core.Diagnostics;

/// <summary>Event streams.</summary>
public sealed partial class GatewayMetrics
{
    public Counter<long> StreamsOpened => field ??= _meter.CreateCounter<long>("registry.streams.opened", null, "Event streams opened.");

    public Counter<long> StreamsClosed => field ??= _meter.CreateCounter<long>("registry.streams.closed", null, "Event streams that ended, whoever ended them.");

    public Counter<long> StreamsTooSlow =>
        field ??= _meter.CreateCounter<long>("registry.streams.too_slow", null, "Event streams cut because their reader took nothing for the send timeout.");

    public Counter<long> StreamEvents => field ??= _meter.CreateCounter<long>("registry.streams.events", null, "Events sent to streams.");

    /// <summary>Tag <c>outcome</c>: known (the net difference was told, if any), snapshot, late.</summary>
    public Counter<long> StreamsResumed =>
        field ??= _meter.CreateCounter<long>("registry.streams.resumed", null, "Streams that came back with a Last-Event-ID, by what they were told.");

    /// <summary>Called once, by the hub.</summary>
    public void ObserveStreams(Func<int> count) =>
        _meter.CreateObservableGauge("registry.streams.open", () => count(), null, "Event streams open now.");
}
