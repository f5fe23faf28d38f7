using System.Collections.Immutable;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Subscriptions;

namespace Gateway.Tests.Subscriptions;

/// <summary>What a replica remembers for those who come back is bounded, whatever changes.</summary>
public sealed class PastStatesTests
{
    private static readonly ServiceKey Orders = new("shop", "orders");

    [Fact]
    public void TheNewestStatesOfAServiceAreRemembered()
    {
        var past = new PastStates();
        for (var change = 0; change < 1_000; change++)
            past.Add(Orders, State(3, change), State(3, change + 1), null);
        var states = past.Of(Orders);
        states.Length.ShouldBe(256);
        states[0].Instances[0].Weight.ShouldBe(999);
        states[^1].Instances[0].Weight.ShouldBe(744);
    }

    [Fact]
    public void StatesThatShareTheirInstancesAreCheapAndThoseThatShareNoneAreFew()
    {
        const int Instances = 5_000;
        var (shared, apart) = (new PastStates(), new PastStates());
        var one = State(Instances, 0);
        for (var change = 0; change < 100; change++)
        {
            var next = one.SetItem(7, WorldState.Instance(Orders, one[7].Id, change + 1));
            shared.Add(Orders, one, next, null);
            one = next;
            apart.Add(Orders, State(Instances, change), State(Instances, change + 1), null);
        }

        shared.Of(Orders).Length.ShouldBe(100);
        apart.Of(Orders).Length.ShouldBeInRange(5, 30);
    }

    [Fact]
    public void TheOldestOfAllServicesGoFirst()
    {
        var past = new PastStates();
        var services = Enumerable.Range(0, 40).Select(static number => new ServiceKey("shop", $"service-{number}")).ToList();
        foreach (var service in services)
            past.Add(service, State(5_000, 1), State(5_000, 2), null);
        past.Of(services[0]).ShouldBeEmpty();
        past.Of(services[^1]).ShouldHaveSingleItem();
        past.ChangedIn("shop").ShouldBe(services.Where(service => past.Of(service).Length > 0), ignoreOrder: true);
    }

    private static ImmutableArray<Instance> State(int instances, int weight) =>
        [.. Enumerable.Range(0, instances).Select(number => WorldState.Instance(Orders, $"{number:d6}", weight))];
}
