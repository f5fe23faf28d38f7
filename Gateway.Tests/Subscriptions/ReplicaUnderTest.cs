using System.Collections.Immutable;
using Gateway.Core.Diagnostics;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Revisions;
using Gateway.Core.Subscriptions;

namespace Gateway.Tests.Subscriptions;

/// <summary>A replica's registry state and hub without a projector: a test publishes what it has folded.</summary>
internal sealed class ReplicaUnderTest : IDisposable
{
    private readonly uint _tag;
    private ulong _sequence;

    public ReplicaUnderTest(uint tag, TimeProvider time, SubscriptionOptions? options = null)
    {
        _tag = tag;
        State = new RegistryState(RevisionLayout.WholeCluster, time);
        State.OnPublished((_, _) => Published?.Invoke());
        Hub = new SubscriptionHub(State, options ?? new SubscriptionOptions(), time, new GatewayMetrics());
    }

    public RegistryState State { get; }
    public SubscriptionHub Hub { get; }

    /// <summary>Called when a snapshot can be read already and the hub has not been told of it yet.</summary>
    public Action? Published { get; set; }

    /// <summary>Folds the world as it was at a version; what did not change keeps its state.</summary>
    public void Fold(WorldState world, bool isStale = false, uint history = 0, long arrived = 0)
    {
        var previous = State.Current;
        _sequence++;
        var revision = Revision.Empty(RevisionLayout.WholeCluster).Raise(new RevisionPart(1, history, world.Version)).At(_tag, _sequence);
        var services = previous.Services.ToBuilder();
        var vanished = previous.Tombstones.ToBuilder();
        List<ServiceKey> changed = [];
        foreach (var key in previous.Services.Keys.Union(world.Services.Keys))
        {
            var instances = world.Services.GetValueOrDefault(key, ImmutableArray<Instance>.Empty);
            if (previous.Services.TryGetValue(key, out var was) && was.Instances.AsEnumerable().SequenceEqual(instances))
                continue;
            changed.Add(key);
            var state = new ServiceSnapshot(key, revision, _sequence, instances) { Arrived = arrived };
            services.Remove(key);
            vanished.Remove(key);
            (instances.IsEmpty ? vanished : services)[key] = state;
        }
        var current = services.ToImmutable();
        State.Publish(
            new RegistrySnapshot(RevisionLayout.WholeCluster)
            {
                Revision = revision,
                Sequence = _sequence,
                HasSynced = true,
                IsStale = isStale,
                Services = current,
                Tombstones = vanished.ToImmutable(),
                Floor = previous.HasSynced ? previous.Floor : revision,
                Sorted = new SortedServices(current),
            },
            changed);
    }

    public void Dispose() => Hub.Dispose();
}
