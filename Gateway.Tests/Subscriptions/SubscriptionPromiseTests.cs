using System.Collections.Immutable;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Subscriptions;

namespace Gateway.Tests.Subscriptions;

/// <summary>
/// The promise of the contract, section 3, over random histories: two replicas that fold at their own pace, clients that read at theirs,
/// lose their connection and come back anywhere.
/// </summary>
public sealed class SubscriptionPromiseTests
{
    private static readonly ServiceKey[] Names = [new("shop", "a"), new("shop", "b"), new("shop", "c"), new("bill", "a"), new("bill", "d")];

    private static readonly LookupFilter[] Filters =
    [
        LookupFilter.Default, LookupFilter.Any, new() { Group = "g" }, new() { Statuses = InstanceStatuses.OutOfService | InstanceStatuses.Up },
    ];

    [Fact]
    public void EveryClientHoldsTheTruthInTheEndAndIsNeverToldWhatItHolds()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            try
            {
                Play(new Random(seed));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}", e);
            }
        }
    }

    private static void Play(Random random)
    {
        var time = new ManualTimeProvider();
        using var first = new ReplicaUnderTest(1, time);
        using var second = new ReplicaUnderTest(2, time);
        ReplicaUnderTest[] replicas = [first, second];
        List<WorldState> history = [Evolve(WorldState.Empty, random)];
        int[] folded = [0, 0];
        foreach (var replica in replicas)
            replica.Fold(history[0]);

        var clients = Enumerable.Range(0, 8).Select(_ => new StreamClient(Select(random), random.Next(3) == 0)).ToList();
        foreach (var client in clients)
            client.Connect(replicas[random.Next(2)]);
        for (var step = 0; step < 120; step++)
        {
            switch (random.Next(6))
            {
                case 0 or 1:
                    history.Add(Evolve(history[^1], random));
                    break;
                case 2:
                    // A replica may fold several changes as one; it never goes back.
                    var index = random.Next(2);
                    folded[index] = random.Next(folded[index], history.Count);
                    replicas[index].Fold(history[folded[index]], isStale: random.Next(10) == 0);
                    break;
                case 3:
                    clients[random.Next(clients.Count)].Connect(replicas[random.Next(2)]);
                    break;
                case 4 when random.Next(8) == 0:
                    time.Advance(TimeSpan.FromSeconds(11));
                    break;
                default:
                    clients[random.Next(clients.Count)].Take(random.Next(1, 6));
                    break;
            }
        }

        foreach (var replica in replicas)
            replica.Fold(history[^1]);
        foreach (var client in clients)
        {
            client.Take();
            client.ShouldHold(history[^1]);
            client.IsStale.ShouldBeFalse();
            client.IsSynced.ShouldBeTrue();
            client.Dispose();
        }
        first.Hub.Count.ShouldBe(0);
    }

    private static StreamSelection Select(Random random)
    {
        var filter = Filters[random.Next(Filters.Length)];
        return random.Next(3) switch
        {
            0 => StreamSelection.OfOne(Names[random.Next(Names.Length)], filter),
            1 => StreamSelection.OfMany(Names.Where(_ => random.Next(2) == 0).DefaultIfEmpty(Names[0]), filter),
            _ => StreamSelection.OfNamespace(random.Next(2) == 0 ? "shop" : "bill", filter),
        };
    }

    private static WorldState Evolve(WorldState world, Random random)
    {
        for (var changes = random.Next(1, 5); changes > 0; changes--)
        {
            var service = Names[random.Next(Names.Length)];
            world = random.Next(12) == 0 ? world.With(service) : world.WithChanged(service, instances => Change(service, instances, random));
        }
        return world;
    }

    private static ImmutableArray<Instance> Change(ServiceKey service, ImmutableArray<Instance> instances, Random random)
    {
        var id = $"{service.Namespace}-{service.Name}-{random.Next(6)}";
        var others = instances.RemoveAll(one => one.Id == id);
        return random.Next(4) == 0
            ? others
            : others.Add(WorldState.Instance(
                service, id, 100 + random.Next(3), random.Next(3) == 0 ? InstanceStatus.OutOfService : InstanceStatus.Up, random.Next(2) == 0 ? "g" : ""));
    }
}
