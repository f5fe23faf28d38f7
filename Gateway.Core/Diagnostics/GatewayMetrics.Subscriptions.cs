using System.Diagnostics.Metrics;

namespace Gateway.Core.Diagnostics;

/// <summary>Event streams.</summary>
public sealed partial class GatewayMetrics
{
    public Counter<long> StreamsOpened => field ??= _meter.CreateCounter<long>("registry.streams.opened", null, "Event streams opened.");

    /// <summary>Tag <c>reason</c>: client, timeout, max-age, shutdown, forbidden, too-slow.</summary>
    public Counter<long> StreamsClosed => field ??= _meter.CreateCounter<long>("registry.streams.closed", null, "Event streams that ended, by why.");

    public Counter<long> StreamsTooSlow =>
        field ??= _meter.CreateCounter<long>("registry.streams.too_slow", null, "Event streams cut because their reader took nothing for the send timeout.");

    public Counter<long> StreamEvents => field ??= _meter.CreateCounter<long>("registry.streams.events", null, "Events sent to streams.");

    /// <summary>Tag <c>outcome</c>: known (the net difference was told, if any), snapshot, late.</summary>
    public Counter<long> StreamsResumed =>
        field ??= _meter.CreateCounter<long>("registry.streams.resumed", null, "Streams that came back with a Last-Event-ID, by what they were told.");

    public Counter<long> StreamsConflated => field ??= _meter.CreateCounter<long>(
        "registry.streams.conflated", null, "Changes of services that streams tell together with others, because they had not told those yet.");

    /// <summary>Called once, by the hub.</summary>
    public void ObserveStreams(Func<int> count, Func<int> untold)
    {
        _meter.CreateObservableGauge("registry.streams.open", () => count(), null, "Event streams open now.");
        _meter.CreateObservableGauge("registry.streams.behind", () => untold(), null, "Event streams that have not begun to tell the newest change of theirs.");
    }
}
