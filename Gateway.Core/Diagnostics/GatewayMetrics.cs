using System.Diagnostics.Metrics;

namespace Gateway.Core.Diagnostics;

/// <summary>
/// Every metric of the gateway, in one place: each floor's instruments stand in a part of this class of their own. Instruments are written by
/// whoever counts, and read by whatever listens to the meter.
/// </summary>
public sealed class GatewayMetrics : IDisposable
{
    /// <summary>The name to listen to.</summary>
    public const string MeterName = "registry-gateway";

    private readonly Meter _meter;

    public GatewayMetrics(IMeterFactory? factory = null) => _meter = factory?.Create(MeterName) ?? new Meter(MeterName);

    /// <summary>Whether an instrument is this gateway's, where several gateways run in one process.</summary>
    public bool Owns(Meter meter) => ReferenceEquals(meter, _meter);

    public void Dispose() => _meter.Dispose();

    private Histogram<double> ApiCallDuration => field ??= _meter.CreateHistogram<double>("registry.kubernetes.request.duration", "s",
        "Time from a request to the API server until its answer's head, by verb, resource and code (0: no answer)");

    public void RecordApiCall(string verb, string resource, int code, TimeSpan duration)
    {
        if (ApiCallDuration.Enabled)
            ApiCallDuration.Record(duration.TotalSeconds, new("verb", verb), new("resource", resource), new("code", code));
    }

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

    /// <summary>Called once, by whoever follows the cluster's condition.</summary>
    public void ObserveCondition(Func<bool> hasSynced, Func<double> truthAge)
    {
        _meter.CreateObservableGauge("registry.synced", () => hasSynced() ? 1 : 0, null, "1 once the registry has been seen whole, else 0.");
        _meter.CreateObservableGauge("registry.truth.age", truthAge, "s",
            "For how long the API server has been lost; 0 while pods, Services and endpoints are followed.");
    }

    /// <summary>Called once, by whoever makes the store that counts its leases.</summary>
    public void ObserveLeases(Func<int> count) =>
        _meter.CreateObservableGauge("registry.leases", () => count(), "{lease}", "Heartbeat leases in this process's memory, lapsed ones included.");

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

    /// <summary>
    /// Writes to pods by <c>result</c>: written, unchanged, conflict, unavailable, refused (by the cluster), forbidden (to the gateway itself), gone, overloaded.
    /// </summary>
    public Counter<long> PodWrites => field ??= _meter.CreateCounter<long>(
        "registry.registration.writes", "{write}", "What attempts to write to a pod came to.");

    /// <summary>
    /// Calls that were to write, by <c>verb</c> (register, update, deregister, deregister all) and <c>outcome</c>: written, unchanged, or the code of the refusal.
    /// </summary>
    public Counter<long> Registrations => field ??= _meter.CreateCounter<long>(
        "registry.registrations", "{call}", "Calls that were to register, change or deregister, by what came of them.");

    /// <summary>The cluster's whole lag as callers feel it: the API server's answer is its beginning.</summary>
    public Histogram<double> VisibleAfter => field ??= _meter.CreateHistogram<double>(
        "registry.registration.visible.duration", "s", "Time from the API server's answer to a write until lookups of this replica show it.");

    /// <summary>Calls whose edits one PATCH carried.</summary>
    public Histogram<int> JointWrites => field ??= _meter.CreateHistogram<int>(
        "registry.registration.joint", "{call}", "How many calls' edits one PATCH carried.");

    /// <summary>Writes that this replica did not see come back in time.</summary>
    public Counter<long> PendingWrites => field ??= _meter.CreateCounter<long>(
        "registry.registration.pending", "{write}", "Writes that were answered before this replica had folded them.");

    /// <summary>Tag <c>result</c>: sent, failed, left-out.</summary>
    public Counter<long> RegistrationEvents => field ??= _meter.CreateCounter<long>(
        "registry.registration.events", null, "Kubernetes Events for writes, where they are switched on.");

    /// <summary>Tags: <c>mirror</c>, and <c>state</c>: written, or why it is not (a fixed set of words). Told by the leader alone.</summary>
    public Gauge<long> Mirrors => field ??= _meter.CreateGauge<long>(
        "registry.mirrors", "{registration}", "Registrations in each mirror that was asked for: written, or why they are left out; 0 on replicas that do not lead.");

    /// <summary>Tag: <c>result</c>: written, unchanged, left-out, unavailable, gone.</summary>
    public Counter<long> MirrorRepairs => field ??= _meter.CreateCounter<long>(
        "registry.mirrors.repairs", "{write}", "Writes that brought a pod's mirrors to what they should be, without a caller, by what came of them.");

    /// <summary>Pods whose mirrors are not as they should be and that wait for their turn.</summary>
    public Gauge<long> MirrorRepairsWaiting => field ??= _meter.CreateGauge<long>(
        "registry.mirrors.waiting", "{pod}", "Pods whose mirrors wait to be written again.");

    /// <summary>Token and access reviews by <c>kind</c> and <c>result</c> (answered, unavailable, overloaded).</summary>
    public Counter<long> Reviews => field ??= _meter.CreateCounter<long>(
        "registry.identity.reviews", "{review}", "Questions about callers that were put to the API server.");

    /// <summary>Callers that were not recognised, by <c>code</c>.</summary>
    public Counter<long> FailedAuthentications => field ??= _meter.CreateCounter<long>(
        "registry.identity.failures", "{caller}", "Callers that were refused because they were not recognised.");

    /// <summary>Calls that Redis did not answer, or refused.</summary>
    public Counter<long> RedisFailures => field ??= _meter.CreateCounter<long>(
        "registry.redis.failures", "{call}", "Calls that Redis did not answer in time, or refused.");

    /// <summary>Lease batches that were handed to Redis.</summary>
    public Counter<long> RedisLeaseBatches => field ??= _meter.CreateCounter<long>(
        "registry.redis.lease.batches", "{batch}", "Script calls that carried leases to Redis.");

    /// <summary>States of the registry that were saved in, or restored from, Redis, by <c>way</c>: saved, restored.</summary>
    public Counter<long> SavedStates => field ??= _meter.CreateCounter<long>(
        "registry.redis.states", "{state}", "States of the registry that were saved in Redis or restored from it.");

    /// <summary>What stood in Redis, or came over it, and could not be read, by <c>store</c> (see <c>RedisStore</c>).</summary>
    public Counter<long> RedisUnreadable => field ??= _meter.CreateCounter<long>(
        "registry.redis.unreadable", "{item}", "Items in Redis that no gateway can have written; they are skipped.");

    /// <summary>1 while Redis answers, 0 while this replica does without it.</summary>
    public void ObserveRedis(Func<bool> isAvailable) => _meter.CreateObservableGauge(
        "registry.redis.available", () => isAvailable() ? 1 : 0, null, "Whether Redis answers: 0 means that leases are frozen.");

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

    /// <summary>Tag <c>loop</c>: the loop, work or timer that failed, one of a fixed set of names.</summary>
    public Counter<long> LoopFailures => field ??= _meter.CreateCounter<long>(
        "registry.loop.failures", "{failure}", "Unforeseen failures of background loops and background work, by loop; each is logged with its stack.");
}
