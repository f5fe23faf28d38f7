using System.Collections.Immutable;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Subscriptions;

namespace Gateway.Tests.Subscriptions;

/// <summary>What a replica remembers for those who come back is bounded, whatever changes.</summary>
public sealed class PastStatesTests
{
    private static readonly ServiceKey Orders = new("shop", "orders");
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(2);

    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void TheNewestStatesOfAServiceAreRemembered()
    {
        var past = NewPast();
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
        var (shared, apart) = (NewPast(), NewPast());
        apart.KeepAtMost(100_000);
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
        var past = NewPast();
        var services = Enumerable.Range(0, 40).Select(static number => new ServiceKey("shop", $"service-{number}")).ToList();
        foreach (var service in services)
            past.Add(service, State(5_000, 1), State(5_000, 2), null);
        past.Of(services[0]).ShouldBeEmpty();
        past.Of(services[^1]).ShouldHaveSingleItem();
        past.ChangedIn("shop").ShouldBe(services.Where(service => past.Of(service).Length > 0), ignoreOrder: true);
    }

    [Fact]
    public void AStateIsForgottenWhenTheWindowAfterItsEndIsOver()
    {
        var past = NewPast();
        past.Add(Orders, State(1, 1), State(1, 2), null);
        _time.Advance(Window - TimeSpan.FromSeconds(1));
        past.Add(Orders, State(1, 2), State(1, 3), null);
        past.Of(Orders).Length.ShouldBe(2);
        _time.Advance(TimeSpan.FromSeconds(2));
        past.Of(Orders).ShouldHaveSingleItem().Instances[0].Weight.ShouldBe(2);
        _time.Advance(Window);
        past.Expire();
        past.Size.ShouldBe((0, 0));
        past.ChangedIn("shop").ShouldBeEmpty();
    }

    [Fact]
    public void AHundredThousandNamesThatCameAndWentTakeNoMoreThanEightMegabytesUnlessTheRegistryIsLarger()
    {
        var past = NewPast();
        for (var number = 0; number < 100_000; number++)
            past.Add(new ServiceKey("shop", $"service-{number}"), State(1, number), [], null);
        past.Size.Bytes.ShouldBeInRange(7L * 1024 * 1024, 8L * 1024 * 1024);
        past.KeepAtMost(instances: 20_000);
        for (var number = 0; number < 100_000; number++)
            past.Add(new ServiceKey("shop", $"service-{number}"), State(1, number), [], null);
        past.Size.Bytes.ShouldBeInRange(19L * 1024 * 1024, 20_000 * 1024L);
    }

    private PastStates NewPast() => new(Window, _time);

    private static ImmutableArray<Instance> State(int instances, int weight) =>
        [.. Enumerable.Range(0, instances).Select(number => WorldState.Instance(Orders, $"{number:d6}", weight))];
}
