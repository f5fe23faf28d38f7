using System.Diagnostics.Metrics;

namespace Gateway.Core.Diagnostics;

public sealed partial class GatewayMetrics
{
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
}
