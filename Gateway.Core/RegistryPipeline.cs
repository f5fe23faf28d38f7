using Gateway.Core.Consumers;
using Gateway.Core.Dubbo.Metadata;
using Gateway.Core.Dubbo.Views;
using Gateway.Core.Election;
using Gateway.Core.Kubernetes.Informers;
using Gateway.Core.Leases;
using Gateway.Core.Redis;
using Gateway.Core.Registration;
using Gateway.Core.Registry.History;
using Gateway.Core.Registry.Projecting;
using Gateway.Core.Registry.Projection;
using Gateway.Core.Registry.Saved;
using Gateway.Core.SelfCheck;
using Gateway.Core.Subscriptions;
using Gateway.Core.Supervision;
using Gateway.Core.Upkeep;

namespace Gateway.Core;

/// <summary>
/// Connects the background parts: what wakes what, and every loop that must run. Parts that are null are switched
/// off. Immutable; hosting runs the loops.
/// </summary>
public sealed class RegistryPipeline
{
    public RegistryPipeline(
        ClusterInformers informers, RegistryProjector projector, RegistryHistory history, RestartConfirmer confirmer, MirrorRepair repair, WipedAnnotationRestorer restorer,
        DubboMetadataExpiry expiry, LeaderElection election, LeaseCleaner cleaner, LeaseOptions leaseOptions,
        ILeaseStore leases, RegistrationEvents? events = null, RedisExchange? exchange = null,
        SavedRegistryWriter? savedRegistry = null, SelfChecker? selfCheck = null, RedisConnection? redis = null, SubscriptionHub? streams = null, GoneAliases? goneAliases = null,
        ConsumerDirectory? consumers = null)
    {
        projector.ConfirmationNeeded += confirmer.Confirm;
        projector.PodsChanged += repair.See;
        projector.Publishing += history.Record;
        if (goneAliases is not null)
            projector.PodsPublishing += goneAliases.Observe;
        foreach (var pods in informers.Cache.PodScopes)
            pods.Store.Replaced = restorer.See;
        informers.Cache.Changed += projector.Wake;
        informers.Cache.ConditionChanged += projector.Wake;

        if (redis is not null)
            informers.Cache.Changed += _ => NameCluster(informers.Cache, redis);

        List<BackgroundLoop> loops = [];
        Add("events", events is null ? null : events.RunAsync);
        loops.AddRange(informers.Loops);
        Add("cache-watchdog", informers.Watchdog is null ? null : informers.Watchdog.RunAsync);
        Add("projector", projector.RunAsync);
        Add("projector-watch", projector.WatchAsync);
        Add("dubbo-metadata", expiry.RunAsync);
        Add("election", election.RunAsync);
        Add("mirror-repair", repair.RunAsync);
        Add("lease-cleaner", leaseOptions.Enabled ? cleaner.RunAsync : null);
        Add("redis-exchange", exchange is null ? null : exchange.RunAsync);
        Add("saved-state", savedRegistry is null ? null : savedRegistry.RunAsync);
        Add("redis-leases", leases is RedisLeaseStore sharedLeases ? sharedLeases.RunAsync : null);
        Add("self-check", selfCheck is null ? null : selfCheck.RunAsync);
        Add("past-states", streams is null ? null : streams.RunAsync);
        Add("consumers", consumers is null ? null : consumers.RunAsync);
        Loops = loops;

        void Add(string name, Func<CancellationToken, Task>? run)
        {
            if (run is not null)
                loops.Add(new BackgroundLoop(name, run));
        }
    }

    // A namespace's uid is as old as its cluster, and survives a restore of etcd.
    private static void NameCluster(ClusterCache cache, RedisConnection redis)
    {
        if (redis.Cluster is null && cache.FindNamespace("kube-system") is { } system)
            redis.Cluster = system.Metadata.Uid;
    }

    /// <summary>In start order; they are stopped in reverse order.</summary>
    public IReadOnlyList<BackgroundLoop> Loops { get; }
}
