using System.Diagnostics.Metrics;

namespace Gateway.Core.Diagnostics;

public sealed partial class GatewayMetrics
{
    /// <summary>Tags: source, status.</summary>
    public Gauge<long> RegistryInstances => field ??= _meter.CreateGauge<long>("registry.instances", "{instance}",
        "Instances in the current snapshot, by source and status");

    public Gauge<long> RegistryServices => field ??= _meter.CreateGauge<long>("registry.services", "{service}",
        "Services in the current snapshot that have an instance or a Kubernetes Service");

    public Gauge<long> RegistryPods => field ??= _meter.CreateGauge<long>("registry.pods", "{pod}", "Pods in the current snapshot");

    /// <summary>Tag: source.</summary>
    public Gauge<long> RegistryUnreadable => field ??= _meter.CreateGauge<long>("registry.unreadable.records", "{record}",
        "Records in pods that cannot be read, by the format they stand in");

    /// <summary>Tag: resource.</summary>
    public Gauge<long> RegistryRevision => field ??= _meter.CreateGauge<long>("registry.revision", null,
        "The newest resourceVersion of each kind that the current snapshot holds; replicas that differ for long do not see the same cluster");

    public Histogram<double> RegistryLag => field ??= _meter.CreateHistogram<double>("registry.lag", "s",
        "Time from a change's arrival at this replica until lookups show it");

    public Gauge<long> RegistryUnreadableMappings => field ??= _meter.CreateGauge<long>("registry.unreadable.mappings", "{entry}",
        "Entries of Services' interfaces annotations that cannot be read");

    public Counter<long> RegistryProjected => field ??= _meter.CreateCounter<long>("registry.projected.services", "{service}",
        "Services projected anew because something they depend on changed");

    public Counter<long> RegistryPublished => field ??= _meter.CreateCounter<long>("registry.published.snapshots", "{snapshot}",
        "Snapshots put in place");

    public Histogram<double> RegistryPublishDuration => field ??= _meter.CreateHistogram<double>("registry.publish.duration", "s",
        "Time from taking all pending changes to having published what follows from them");
}
