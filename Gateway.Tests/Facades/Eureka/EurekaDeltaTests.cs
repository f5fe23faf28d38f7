using Gateway.Api.Facades.Eureka;
using Gateway.Core.Registry.Instances;
using static Gateway.Tests.Facades.Eureka.EurekaStates;

namespace Gateway.Tests.Facades.Eureka;

/// <summary>A client that takes deltas holds what a full list says, or its hash shows that it does not.</summary>
public sealed class EurekaDeltaTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly EurekaStates _states;

    public EurekaDeltaTests() => _states = new EurekaStates(_time);

    [Fact]
    public void UntilTheFirstRetentionHasPassedADeltaIsTheWholeList()
    {
        var directory = _states.Show(Instance("orders", "10.0.0.1"), Instance("orders", "10.0.0.2"));
        Text(_states.Namespace.Delta(EurekaJson.Shared)).ShouldBe(Text(directory.All(EurekaJson.Shared)));
        _time.Advance(EurekaNamespace.Retention);
        Lines(_states.Namespace.Delta(EurekaJson.Shared)).ShouldBeEmpty();
        Json(_states.Namespace.Delta(EurekaJson.Shared))["apps__hashcode"]!.GetValue<string>().ShouldBe("UP_2_");
    }

    [Fact]
    public void EachChangeIsListedForThreeMinutesWithTheHashOfTheWhole()
    {
        var (one, two) = (Instance("orders", "10.0.0.1"), Instance("orders", "10.0.0.2"));
        _states.Show(one, two);
        _time.Advance(EurekaNamespace.Retention);
        _states.Show(one with { Status = InstanceStatus.Starting }, Instance("users", "10.0.0.3"));
        for (var i = 0; i < 2; i++)
        {
            Lines(_states.Namespace.Delta(EurekaJson.Shared)).ShouldBe(
                ["ORDERS 10.0.0.1:orders:8080 STARTING MODIFIED", "ORDERS 10.0.0.2:orders:8080 UP DELETED", "USERS 10.0.0.3:users:8080 UP ADDED"], ignoreOrder: true);
            Json(_states.Namespace.Delta(EurekaJson.Shared))["apps__hashcode"]!.GetValue<string>().ShouldBe("STARTING_1_UP_1_");
            Xml(_states.Namespace.Delta(EurekaXml.Shared)).Descendants("actionType").Select(static action => action.Value).Order().ShouldBe(["ADDED", "DELETED", "MODIFIED"]);
            _time.Advance(EurekaNamespace.Retention / 2);
        }

        _time.Advance(TimeSpan.FromSeconds(1));
        Lines(_states.Namespace.Delta(EurekaJson.Shared)).ShouldBeEmpty();
    }

    [Fact]
    public void ChangesGoAfterTheRetentionAlsoWhereNoClientAsksForThem()
    {
        for (var i = 0; i < 200; i++)
        {
            _states.Show(Instance("orders", $"10.0.0.{i}"));
            _time.Advance(EurekaNamespace.Retention / 4);
        }

        _states.Namespace.Changes.ShouldBeLessThan(20);
    }

    [Fact]
    public void AnInstanceIsListedOnceHoweverOftenItChanged()
    {
        var one = Instance("orders", "10.0.0.1");
        _states.Show(one);
        _time.Advance(EurekaNamespace.Retention);
        _states.Show();
        Lines(_states.Namespace.Delta(EurekaJson.Shared)).ShouldBe(["ORDERS 10.0.0.1:orders:8080 UP DELETED"]);
        _states.Show(one with { Status = InstanceStatus.Starting });
        Lines(_states.Namespace.Delta(EurekaJson.Shared)).ShouldBe(["ORDERS 10.0.0.1:orders:8080 STARTING MODIFIED"]);
        var version = Version();
        _states.Show(one);
        Lines(_states.Namespace.Delta(EurekaJson.Shared)).ShouldBe(["ORDERS 10.0.0.1:orders:8080 UP MODIFIED"]);
        Version().ShouldBeGreaterThan(version);
    }

    [Fact]
    public void ASnapshotWithoutAChangeOfTheNamespaceIsNone()
    {
        var one = Instance("orders", "10.0.0.1");
        var before = _states.Show(one);
        _time.Advance(EurekaNamespace.Retention);
        var after = _states.Show(one);
        after.Find("orders")!.Bytes(EurekaJson.Shared).ShouldBe(before.Find("orders")!.Bytes(EurekaJson.Shared));
        Lines(_states.Namespace.Delta(EurekaJson.Shared)).ShouldBeEmpty();
    }

    [Fact]
    public void AClientThatFollowsHoldsTheListOrItsHashShowsThatItDoesNot()
    {
        var random = new Random(16);
        var held = new Dictionary<string, string>(StringComparer.Ordinal);
        var restarted = 0;
        var states = _states;
        Take(states.Show().All(EurekaJson.Shared));
        for (var round = 0; round < 500; round++)
        {
            if (random.Next(50) == 0)
            {
                // Another replica, or this one after a restart: it does not know what the client holds.
                states = new EurekaStates(_time);
                restarted++;
            }

            EurekaDirectory directory = null!;
            for (var i = random.Next(3); i >= 0; i--)
            {
                directory = states.Show([.. Enumerable.Range(1, 6).Where(_ => random.Next(3) > 0)
                    .Select(n => Instance(n % 2 == 0 ? "orders" : "users", $"10.0.0.{n}", status: random.Next(2) == 0 ? InstanceStatus.Up : InstanceStatus.Starting))]);
            }

            _time.Advance(TimeSpan.FromSeconds(random.Next(60)));
            Take(states.Namespace.Delta(EurekaJson.Shared));
            if (Hash() != Json(states.Namespace.Delta(EurekaJson.Shared))["apps__hashcode"]!.GetValue<string>())
            {
                held.Clear();
                Take(directory.All(EurekaJson.Shared));
            }

            held.Select(static one => $"{one.Key} {one.Value}").Order(StringComparer.Ordinal)
                .ShouldBe(Lines(directory.All(EurekaJson.Shared)).Select(static line => line[..line.LastIndexOf(' ')]).Order(StringComparer.Ordinal), $"round {round}");
        }

        restarted.ShouldBeGreaterThan(0);

        void Take(EurekaList list)
        {
            foreach (var line in Lines(list).Select(static line => line.Split(' ')))
            {
                if (line[3] == EurekaActions.Deleted)
                    held.Remove($"{line[0]} {line[1]}");
                else
                    held[$"{line[0]} {line[1]}"] = line[2];
            }
        }

        string Hash() => string.Concat(held.Values.GroupBy(static status => status).OrderBy(static one => one.Key, StringComparer.Ordinal).Select(static one => $"{one.Key}_{one.Count()}_"));
    }

    private long Version() => long.Parse(Json(_states.Namespace.Delta(EurekaJson.Shared))["versions__delta"]!.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture);
}
