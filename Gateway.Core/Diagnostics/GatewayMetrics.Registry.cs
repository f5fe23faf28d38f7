using System.Diagnostics.Metrics;

namespace Gateway.Core.Diagnostics;

public sealed partial class GatewayMetrics
{
    /// <summary>Services that were projected again because something that concerns them changed.</summary>
    public Counter<long> ServicesProjected =>
        field ??= _meter.CreateCounter<long>("registry.projected.services", "{service}", "Services projected again after a change.");

    /// <summary>Time from draining the feeds to a published snapshot.</summary>
    public Histogram<double> PublishDuration =>
        field ??= _meter.CreateHistogram<double>("registry.publish.duration", "s", "Time from draining the feeds to a published snapshot.");

    /// <summary>Records in pod annotations that cannot be read now, by source.</summary>
    public UpDownCounter<long> UnreadableRecords =>
        field ??= _meter.CreateUpDownCounter<long>("registry.unreadable.records", "{record}", "Records in pod annotations that cannot be read, by source.");
}
