using System.Diagnostics.Metrics;

namespace Gateway.Core.Diagnostics;

public sealed partial class GatewayMetrics
{
    /// <summary>Tags: resource, reason (first, gone, too-large, unreadable, history, error).</summary>
    public Counter<long> InformerRelists => field ??= _meter.CreateCounter<long>("registry.informer.relists", "{list}",
        "Whole lists taken into a store, by what made them necessary");

    /// <summary>Tags: resource, type.</summary>
    public Counter<long> InformerEvents => field ??= _meter.CreateCounter<long>("registry.informer.events", "{event}",
        "Watch events taken into a store");

    /// <summary>Tag: resource.</summary>
    public UpDownCounter<long> InformerWatches => field ??= _meter.CreateUpDownCounter<long>("registry.informer.watches", "{watch}",
        "Watches open now: one a kind, and a watched namespace where namespaces are watched one by one");

    /// <summary>Tags: resource, outcome (ended, cut, failed, gone, throttled, unreadable, overdue, dead).</summary>
    public Counter<long> InformerWatchEnds => field ??= _meter.CreateCounter<long>("registry.informer.watch.ends", "{watch}",
        "Watches that ended, by how");

    /// <summary>Tag: resource.</summary>
    public Counter<long> InformerUnreadableFrames => field ??= _meter.CreateCounter<long>("registry.informer.unreadable.frames", "{frame}",
        "Watch frames that could not be read; each is followed by a relist");

    /// <summary>Tag: resource.</summary>
    public Counter<long> InformerUnreadableObjects => field ??= _meter.CreateCounter<long>("registry.informer.unreadable.objects", "{object}",
        "Objects of lists of which no more than the metadata could be read");

    /// <summary>Tag: resource.</summary>
    public Counter<long> InformerHistoriesReplaced => field ??= _meter.CreateCounter<long>("registry.informer.histories.replaced", "{time}",
        "Times that the cluster's store was found put back to an older state");

    /// <summary>Tag: resource.</summary>
    public UpDownCounter<long> InformersLost => field ??= _meter.CreateUpDownCounter<long>("registry.informer.lost", "{informer}",
        "Informers whose last attempt to list, watch or probe failed");
}
