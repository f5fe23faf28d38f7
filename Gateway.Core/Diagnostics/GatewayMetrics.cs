using System.Diagnostics.Metrics;

namespace Gateway.Core.Diagnostics;

/// <summary>
/// Every metric of the gateway, in one place. Instruments are written by the code that counts and read by the listeners of the
/// meter.
/// </summary>
public sealed class GatewayMetrics : IDisposable
{
    /// <summary>The name to listen to.</summary>
    public const string MeterName = "registry-gateway";

    private readonly Meter _meter;

    public GatewayMetrics(IMeterFactory? factory = null)
    {
        _meter = factory?.Create(MeterName) ?? new Meter(MeterName);
        _meter.CreateObservableGauge("registry.build.info", static () => new Measurement<int>(1, new KeyValuePair<string, object?>("version", BuildVersion.Text)),
            description: "Always 1; its label is the version that runs");
    }

    public void Dispose() => _meter.Dispose();

    private Histogram<double> ApiCallDuration => field ??= _meter.CreateHistogram<double>("registry.kubernetes.request.duration", "s",
        "Time from a request to the API server until its response headers, by verb, resource and code (0: no answer)");

    public void RecordApiCall(string verb, string resource, int code, TimeSpan duration)
    {
        if (ApiCallDuration.Enabled)
            ApiCallDuration.Record(duration.TotalSeconds, new("verb", verb), new("resource", resource), new("code", code));
    }

    /// <summary>Tags: resource, reason (first, gone, too-large, unreadable, history, error).</summary>
    public Counter<long> InformerRelists => field ??= _meter.CreateCounter<long>("registry.informer.relists", "{list}",
        "Lists stored, by reason");

    /// <summary>Tags: resource, type.</summary>
    public Counter<long> InformerEvents => field ??= _meter.CreateCounter<long>("registry.informer.events", "{event}",
        "Watch events stored");

    /// <summary>Tag: resource.</summary>
    public UpDownCounter<long> InformerWatches => field ??= _meter.CreateUpDownCounter<long>("registry.informer.watches", "{watch}",
        "Open watches: one per kind, or one per kind and watched namespace");

    /// <summary>Tags: resource, outcome (ended, cut, failed, gone, throttled, unreadable, overdue, dead).</summary>
    public Counter<long> InformerWatchEnds => field ??= _meter.CreateCounter<long>("registry.informer.watch.ends", "{watch}",
        "Watches that ended, by outcome");

    /// <summary>Tag: resource.</summary>
    public Counter<long> InformerUnreadableFrames => field ??= _meter.CreateCounter<long>("registry.informer.unreadable.frames", "{frame}",
        "Watch frames that could not be read; each is followed by a relist");

    /// <summary>Tag: resource.</summary>
    public Counter<long> InformerUnreadableObjects => field ??= _meter.CreateCounter<long>("registry.informer.unreadable.objects", "{object}",
        "Listed objects of which only the metadata could be read");

    /// <summary>Tag: resource.</summary>
    public Counter<long> InformerComparisons => field ??= _meter.CreateCounter<long>("registry.informer.comparisons", "{comparison}",
        "Second watches opened beside one that probes were ahead of for 70 s");

    /// <summary>Tag: resource.</summary>
    public Counter<long> InformerHistoriesReplaced => field ??= _meter.CreateCounter<long>("registry.informer.histories.replaced", "{time}",
        "Times that etcd was found restored to an older state");

    /// <summary>Tag: resource.</summary>
    public Counter<long> CacheDifferences => field ??= _meter.CreateCounter<long>("registry.cache.differences", "{object}",
        "Cached objects that differed from the API server although the watch was in step, and were repaired by a list");

    /// <summary>Tags: resource, outcome (same, repaired, expired, behind, failed, skipped).</summary>
    public Counter<long> CacheComparisons => field ??= _meter.CreateCounter<long>("registry.cache.comparisons", "{comparison}",
        "Comparisons of a cached kind with the API server, by outcome");

    /// <summary>Tag: resource.</summary>
    public UpDownCounter<long> InformersLost => field ??= _meter.CreateUpDownCounter<long>("registry.informer.lost", "{informer}",
        "Informers whose last attempt to list, watch or probe failed");

    /// <summary>Called once, by the owner of the cluster's state.</summary>
    public void ObserveCondition(Func<bool> hasSynced, Func<double> truthAge)
    {
        _meter.CreateObservableGauge("registry.synced", () => hasSynced() ? 1 : 0, null, "1 once the registry has synced, else 0.");
        _meter.CreateObservableGauge("registry.truth.age", truthAge, "s",
            "Seconds since the API server was lost; 0 while pods, Services and endpoints are watched.");
    }

    /// <summary>Called once, by the creator of the lease store.</summary>
    public void ObserveLeases(Func<int> count) =>
        _meter.CreateObservableGauge("registry.leases", () => count(), "{lease}", "Heartbeat leases in this process's memory, including expired ones.");

    /// <summary>Tags: source, status.</summary>
    public Gauge<long> RegistryInstances => field ??= _meter.CreateGauge<long>("registry.instances", "{instance}",
        "Instances in the current snapshot, by source and status");

    /// <summary>Tag: reason (ContainerRestarted, LeaseExpired).</summary>
    public Gauge<long> RegistryDown => field ??= _meter.CreateGauge<long>("registry.instances.down", "{instance}",
        "Instances in the current snapshot that are DOWN, by reason");

    public Gauge<long> RegistryServices => field ??= _meter.CreateGauge<long>("registry.services", "{service}",
        "Services in the current snapshot that have an instance or a Kubernetes Service");

    public Gauge<long> RegistryPods => field ??= _meter.CreateGauge<long>("registry.pods", "{pod}", "Pods in the current snapshot");

    /// <summary>Tag: source.</summary>
    public Gauge<long> RegistryUnreadable => field ??= _meter.CreateGauge<long>("registry.unreadable.records", "{record}",
        "Records in pods that cannot be read, by format");

    /// <summary>Tag: source.</summary>
    public Gauge<long> RegistryReserved => field ??= _meter.CreateGauge<long>("registry.reserved.records", "{record}",
        "Records in pods that name a Service which does not select the pod, by format; they are not listed under that name");

    public Gauge<long> RegistryHeldBack => field ??= _meter.CreateGauge<long>("registry.held.back.endpoints", "{endpoint}",
        "Endpoints in slices that name a pod which is not known, or has no address; they are not listed");

    public Gauge<long> RegistryReservedProvided => field ??= _meter.CreateGauge<long>("registry.reserved.provided", "{instance}",
        "Instances that a MetadataInfo, a mapping or an interface of a Service would give to a service whose name their pod may not have; they are not listed under it");

    public Gauge<long> RegistryUnprojected => field ??= _meter.CreateGauge<long>("registry.unprojected.services", "{service}",
        "Services whose instances cannot be computed, by a bug; their last good state is served");

    public Counter<long> RegistryProjectionFailures => field ??= _meter.CreateCounter<long>("registry.projection.failures", "{failure}",
        "Times that the instances of a service could not be computed, by a bug");

    public Counter<long> RegistryMassDelistings => field ??= _meter.CreateCounter<long>("registry.mass.delistings", "{event}",
        "Times that more than five records of one name left the registry at once because its Service does not select their pods");

    /// <summary>Tag: resource.</summary>
    public Gauge<long> RegistryRevision => field ??= _meter.CreateGauge<long>("registry.revision", null,
        "The newest resourceVersion of each kind that the current snapshot holds; if replicas differ for long, they do not see the same cluster");

    public Histogram<double> RegistryLag => field ??= _meter.CreateHistogram<double>("registry.lag", "s",
        "Time from a change's arrival at this replica until lookups show it");

    public Gauge<long> RegistryUnreadableMappings => field ??= _meter.CreateGauge<long>("registry.unreadable.mappings", "{entry}",
        "Entries of Services' interfaces annotations that cannot be read");

    public Counter<long> RegistryProjected => field ??= _meter.CreateCounter<long>("registry.projected.services", "{service}",
        "Services computed again because a dependency changed");

    public Counter<long> RegistryPublished => field ??= _meter.CreateCounter<long>("registry.published.snapshots", "{snapshot}",
        "Snapshots published");

    public Histogram<double> RegistryPublishDuration => field ??= _meter.CreateHistogram<double>("registry.publish.duration", "s",
        "Time from draining the pending changes to publishing the snapshot");

    /// <summary>
    /// Writes to pods by <c>result</c>: written, unchanged, conflict, unavailable, refused (by the cluster), forbidden (to the gateway itself), gone, overloaded.
    /// </summary>
    public Counter<long> PodWrites => field ??= _meter.CreateCounter<long>(
        "registry.registration.writes", "{write}", "Attempts to write to a pod, by result.");

    /// <summary>
    /// Write calls, by <c>verb</c> (register, update, deregister, deregister all) and <c>outcome</c>: written, unchanged, or the code of the refusal.
    /// </summary>
    public Counter<long> Registrations => field ??= _meter.CreateCounter<long>(
        "registry.registrations", "{call}", "Calls to register, change or deregister, by outcome.");

    /// <summary>The watch delay that callers observe, measured from the API server's answer.</summary>
    public Histogram<double> VisibleAfter => field ??= _meter.CreateHistogram<double>(
        "registry.registration.visible.duration", "s", "Time from the API server's answer to a write until lookups of this replica show it.");

    /// <summary>The number of calls combined in one PATCH.</summary>
    public Histogram<int> JointWrites => field ??= _meter.CreateHistogram<int>(
        "registry.registration.joint", "{call}", "Calls combined in one PATCH.");

    /// <summary>Writes that this replica did not see in a watch in time.</summary>
    public Counter<long> PendingWrites => field ??= _meter.CreateCounter<long>(
        "registry.registration.pending", "{write}", "Writes that were answered before this replica had seen them in a watch.");

    /// <summary>Tag <c>result</c>: sent, failed, left-out.</summary>
    public Counter<long> RegistrationEvents => field ??= _meter.CreateCounter<long>(
        "registry.registration.events", null, "Kubernetes Events for writes, if enabled.");

    /// <summary>Tags: <c>mirror</c>, and <c>state</c>: written, or why it is not (a fixed set of words). Reported by the leader only.</summary>
    public Gauge<long> Mirrors => field ??= _meter.CreateGauge<long>(
        "registry.mirrors", "{registration}", "Registrations per requested mirror: written, or why they are left out; 0 on replicas that do not lead.");

    /// <summary>Tag: <c>result</c>: written, unchanged, left-out, unavailable, gone.</summary>
    public Counter<long> MirrorRepairs => field ??= _meter.CreateCounter<long>(
        "registry.mirrors.repairs", "{write}", "Repairs of pods' mirrors by the leader, by result.");

    /// <summary>Pods that wait for a repair of their mirrors.</summary>
    public Gauge<long> MirrorRepairsWaiting => field ??= _meter.CreateGauge<long>(
        "registry.mirrors.waiting", "{pod}", "Pods that wait for a repair of their mirrors.");

    /// <summary>Token and access reviews by <c>kind</c> and <c>result</c> (answered, unavailable, overloaded).</summary>
    public Counter<long> Reviews => field ??= _meter.CreateCounter<long>(
        "registry.identity.reviews", "{review}", "Token and access reviews sent to the API server.");

    /// <summary>Callers that could not be authenticated, by <c>code</c>.</summary>
    public Counter<long> FailedAuthentications => field ??= _meter.CreateCounter<long>(
        "registry.identity.failures", "{caller}", "Callers refused because they could not be authenticated.");

    /// <summary>Calls that Redis did not answer in time, or refused.</summary>
    public Counter<long> RedisFailures => field ??= _meter.CreateCounter<long>(
        "registry.redis.failures", "{call}", "Calls that Redis did not answer in time, or refused.");

    /// <summary>Lease batches sent to Redis.</summary>
    public Counter<long> RedisLeaseBatches => field ??= _meter.CreateCounter<long>(
        "registry.redis.lease.batches", "{batch}", "Script calls that sent leases to Redis.");

    /// <summary>States of the registry that were saved in, or restored from, Redis, by <c>way</c>: saved, restored.</summary>
    public Counter<long> SavedStates => field ??= _meter.CreateCounter<long>(
        "registry.redis.states", "{state}", "States of the registry that were saved in Redis or restored from it.");

    /// <summary>Unreadable values in Redis or in its messages, by <c>store</c> (see <c>RedisStore</c>).</summary>
    public Counter<long> RedisUnreadable => field ??= _meter.CreateCounter<long>(
        "registry.redis.unreadable", "{item}", "Invalid items in Redis that were skipped.");

    /// <summary>What was to be sent to Redis and was dropped since too much waited, by <c>store</c> (see <c>RedisStore</c>).</summary>
    public Counter<long> RedisDropped => field ??= _meter.CreateCounter<long>(
        "registry.redis.dropped", "{item}", "Items that waited for Redis and were dropped, the oldest first, because too many waited.");

    /// <summary>1 while Redis answers, 0 while this replica works without it.</summary>
    public void ObserveRedis(Func<bool> isAvailable) => _meter.CreateObservableGauge(
        "registry.redis.available", () => isAvailable() ? 1 : 0, null, "Whether Redis answers: 0 means that leases are frozen.");

    /// <summary>Called once, at the start. Null: how many there are is not known, and nothing is measured.</summary>
    public void ObserveReplicas(Func<int?> count) => _meter.CreateObservableGauge(
        "registry.replicas", () => count() is { } known ? [new Measurement<int>(known)] : Array.Empty<Measurement<int>>(), "{replica}",
        "Live replicas that this one knows of, itself included.");

    public Counter<long> StreamsOpened => field ??= _meter.CreateCounter<long>("registry.streams.opened", null, "Event streams opened.");

    /// <summary>Tag <c>reason</c>: client, too_slow, max_age, timeout, forbidden, unconfirmed, shutdown.</summary>
    public Counter<long> StreamsClosed =>
        field ??= _meter.CreateCounter<long>("registry.streams.closed", null, "Event streams that ended, by reason.");

    public Counter<long> StreamsSlow =>
        field ??= _meter.CreateCounter<long>("registry.streams.slow", null, "Times that a slow reader blocked its stream for a second or more; counted once until it has caught up.");

    public Counter<long> StreamChangesConflated =>
        field ??= _meter.CreateCounter<long>("registry.streams.conflated", null, "Stream updates that skipped states of a service: quick changes were sent as one.");

    public Histogram<double> Propagation => field ??= _meter.CreateHistogram<double>("registry.propagation", "s",
        "Time from a change's arrival at this replica until its events were written to a subscriber's connection, for each subscriber");

    public Counter<long> StreamEvents => field ??= _meter.CreateCounter<long>("registry.streams.events", null, "Events sent to streams.");

    /// <summary>Tag <c>outcome</c>: known (the net difference was sent, if any), snapshot, late.</summary>
    public Counter<long> StreamsResumed =>
        field ??= _meter.CreateCounter<long>("registry.streams.resumed", null, "Streams resumed with a Last-Event-ID, by outcome.");

    /// <summary>Called once, by the hub.</summary>
    public void ObserveStreams(Func<int> count) =>
        _meter.CreateObservableGauge("registry.streams.open", () => count(), null, "Open event streams.");

    /// <summary>Called once, by the directory of consumers.</summary>
    public void ObserveConsumers(Func<int> count) => _meter.CreateObservableGauge(
        "registry.consumers", () => count(), "{consumer}", "Consumers that this replica remembers: pods and addresses, by service and protocol");

    public Counter<long> ConsumersDropped => field ??= _meter.CreateCounter<long>("registry.consumers.dropped", "{consumer}",
        "Consumers, or lookups of new ones, that were not remembered because too many were");

    /// <summary>Tag <c>loop</c>: the loop, task or timer that failed, from a fixed set of names.</summary>
    public Counter<long> LoopFailures => field ??= _meter.CreateCounter<long>(
        "registry.loop.failures", "{failure}", "Unexpected failures of background loops and tasks, by loop; each is logged with its stack.");

    /// <summary>Tags: facade, operation, client (family and version of known clients).</summary>
    public Counter<long> FacadeCalls => field ??= _meter.CreateCounter<long>("registry.facade.calls", "{call}",
        "Calls in another registry's protocol, by facade, operation and client");

    /// <summary>Tag: facade.</summary>
    public Counter<long> FacadeUnknownPaths => field ??= _meter.CreateCounter<long>("registry.facade.unknown.paths", "{call}",
        "Calls of a path or method that a facade does not serve");

    /// <summary>Tag: facade.</summary>
    public Counter<long> FacadeAddressesReplaced => field ??= _meter.CreateCounter<long>("registry.facade.addresses.replaced", "{registration}",
        "Registrations whose client named a loopback, unspecified or link-local address or a host name: its pod's address was registered");

    /// <summary>Called once, by the facades' own metrics.</summary>
    public void ObserveFacadeTokens(Func<int> count) => _meter.CreateObservableGauge(
        "registry.facade.expiring.callers", () => count(), "{caller}", "Callers of facades whose latest token ends within the hour");
}
