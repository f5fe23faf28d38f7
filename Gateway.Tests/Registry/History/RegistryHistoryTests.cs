using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry;
using Gateway.Core.Registry.History;
using Gateway.Core.Registry.Instances;

namespace Gateway.Tests.Registry.History;

/// <summary>What a replica remembers: every change with its cause, bounded by count and memory, and former states without keeping snapshots.</summary>
public sealed class RegistryHistoryTests
{
    private const string Ip = "10.1.0.1";

    private static readonly Service Orders = Given.Service("orders");
    private static readonly RegistrationRecord Record = Given.Record("a");
    private static readonly Pod Bare = Given.Pod("a", Ip);
    private static readonly Pod Pod = Given.Pod("a", Ip, Record);
    private static readonly EndpointSlice Slice = Given.Slice("orders", Given.Endpoint("a", Ip));

    private static readonly Dictionary<string, (IKubernetesObject[] Before, Action<ProjectedRegistry> Change, string Type, string? From, string? To)> Causes = new()
    {
        ["registered"] = ([Bare], static registry => registry.Put(Pod), "added", null, "UP"),
        ["deregistered"] = ([Pod], static registry => registry.Put(Bare), "removed", "UP", null),
        ["updated"] = ([Pod], static registry => registry.Put(Given.Pod("a", Ip, Record with { Weight = 7 })), "modified", "UP", "UP"),
        ["readiness"] = ([Pod], static registry => registry.Put(Pod with { Ready = false }), "modified", "UP", "STARTING"),
        ["address"] = ([Pod with { PodIPs = [] }], static registry => registry.Put(Pod), "modified", "STARTING", "UP"),
        ["restart"] = ([Pod], static registry => registry.Put(Pod with { ContainerStatuses = [new("app", 1, Given.Noon.AddHours(1))] }), "modified", "UP", "DOWN"),
        ["lease"] = ([Given.Pod("a", Ip, Record with { Ttl = 30 })], static registry => registry.Time.Advance(TimeSpan.FromMinutes(1)), "modified", "UP", "DOWN"),
        ["override"] = ([Pod], static registry => registry.Put(Given.Pod("a", Ip, Record with { OutOfService = OutOfService.ByPod })), "modified", "UP", "OUT_OF_SERVICE"),
        ["pod-terminating"] = ([Pod], static registry => registry.Put(Pod.Terminating()), "modified", "UP", "TERMINATING"),
        ["pod-deleted"] = ([Pod], static registry => registry.Delete(Pod), "removed", "UP", null),
        ["pod-finished"] = ([Pod], static registry => registry.Put(Pod with { Phase = PodPhase.Failed }), "removed", "UP", null),
        ["service-changed"] = ([Orders, Bare, Slice], static registry => registry.Delete(Orders), "removed", "UP", null),
        ["endpoint-added"] = ([Orders, Bare], static registry => registry.Put(Slice), "added", null, "UP"),
        ["endpoint-removed"] = ([Orders, Bare, Slice], static registry => registry.Delete(Slice), "removed", "UP", null),
        ["endpoint-changed"] = (
            [Orders.Offering("admin"), Bare, Slice],
            static registry => registry.Put(Slice.WithPorts(new EndpointPort("http", 8080, "TCP", null), new EndpointPort("admin", 9090, "TCP", null))), "modified", "UP", "UP"),
        ["name-reserved"] = ([Pod], static registry => registry.Put(Given.Selecting("orders", "orders")), "removed", "UP", null),
        ["name-permitted"] = ([Given.Selecting("orders", "orders"), Pod], static registry => registry.Put(Pod.Labelled("orders")), "added", null, "UP"),
    };

    public static TheoryData<string> Names => [.. Causes.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void EachChangeHasItsCauseAndItsStatuses(string cause)
    {
        var (before, change, type, from, to) = Causes[cause];
        using var registry = ProjectedRegistry.Synced(before);
        var known = Read(registry).Items.Length;
        change(registry);
        registry.Fold();

        var item = Read(registry).Items.Skip(known).ShouldHaveSingleItem();
        (item.Cause, item.Type).ShouldBe((cause, type));
        (item.Before is null ? null : InstanceStatusNames.Of(item.Before.Status)).ShouldBe(from);
        (item.After is null ? null : InstanceStatusNames.Of(item.After.Status)).ShouldBe(to);
        item.Of.Revision.ShouldBe(registry.Service().Revision);
    }

    [Fact]
    public void EveryFormerStateIsAsItWasThen()
    {
        using var registry = ProjectedRegistry.Synced(Orders, Bare);
        var random = new Random(4711);
        List<(DateTimeOffset At, ServiceSnapshot State)> known = [];
        for (var step = 0; step < 200; step++)
        {
            registry.Time.Advance(TimeSpan.FromSeconds(1));
            var name = $"p{random.Next(6)}";
            var pod = Given.Pod(name, $"10.1.0.{name[1]}", random.Next(3) == 0 ? [] : [Given.Record(name) with { Weight = random.Next(3) }]) with { Ready = random.Next(3) > 0 };
            switch (random.Next(6))
            {
                case 0: registry.Delete(pod); break;
                case 1: registry.Put(Orders with { ClusterIP = $"10.96.0.{random.Next(3)}" }); break;
                case 2: registry.Delete(Orders); break;
                default: registry.Put(pod); break;
            }

            registry.Fold();
            known.Add((registry.Time.GetUtcNow(), registry.Service()));
        }

        foreach (var (at, state) in known)
        {
            var found = registry.History.StateOf(registry.State.Current, state.Key, at + TimeSpan.FromMilliseconds(500)).ShouldNotBeNull();
            found.Instances.ShouldBe(state.Instances);
            found.Fallback.ShouldBe(state.Fallback);
            found.Revision.ShouldBe(state.Revision);
            found.View(LookupFilter.Any).ETag.ShouldBe(state.View(LookupFilter.Any).ETag);
        }
    }

    [Fact]
    public void ItReachesBackToTheFirstSyncAndNoFurther()
    {
        using var registry = ProjectedRegistry.Synced(Pod);
        var synced = registry.Time.GetUtcNow();
        registry.History.StateOf(registry.State.Current, new("shop", "orders"), synced).ShouldNotBeNull();
        registry.History.StateOf(registry.State.Current, new("shop", "orders"), synced - TimeSpan.FromTicks(1)).ShouldBeNull();
        Read(registry, since: synced - TimeSpan.FromTicks(1)).IsTruncated.ShouldBeTrue();
        Read(registry, since: synced).IsTruncated.ShouldBeFalse();
    }

    [Theory]
    [InlineData(10, int.MaxValue)]
    [InlineData(int.MaxValue, 12_000)]
    [InlineData(0, int.MaxValue)]
    public void ItIsBoundedByCountAndByMemory(int changes, int bytes)
    {
        using var registry = new ProjectedRegistry(history: new HistoryOptions { HistoryChanges = changes, HistoryBytes = bytes });
        registry.Sync();
        registry.Fold(Pod);
        var start = registry.Time.GetUtcNow();
        for (var i = 0; i < 100; i++)
        {
            registry.Time.Advance(TimeSpan.FromSeconds(1));
            registry.Fold(Pod with { Ready = i % 2 == 1 });
        }

        registry.History.Count.ShouldBeInRange(changes == 0 ? 0 : 5, Math.Min(changes, 50));
        registry.History.Bytes.ShouldBeInRange(0, bytes);
        registry.History.StateOf(registry.State.Current, new("shop", "orders"), start).ShouldBeNull();
        var page = Read(registry);
        page.IsTruncated.ShouldBeTrue();
        if (page.Items is [var first, ..])
            registry.History.StateOf(registry.State.Current, new("shop", "orders"), first.Of.At).ShouldNotBeNull();
    }

    [Fact]
    public void TheLatestWithinTheLimitAreShownOldestFirst()
    {
        using var registry = ProjectedRegistry.Synced(Pod, Given.Pod("b", "10.1.0.2", Given.Record("b", "billing")));
        var known = Read(registry).Items.Length;
        for (var i = 0; i < 5; i++)
            registry.Fold(Given.Pod("a", Ip, Record with { Weight = i }), Given.Pod("b", "10.1.0.2", Given.Record("b", "billing") with { Weight = i }));

        var page = Read(registry, limit: 2);
        page.Items.Select(static item => item.After!.Weight).ShouldBe([3, 4]);
        page.IsTruncated.ShouldBeTrue();
        Read(registry).Items.Length.ShouldBe(known + 5);
        Read(registry).Items.ShouldAllBe(static item => item.Of.Service.Name == "orders");
        registry.History.Read(registry.State.Current, "shop", null, null, 100).Items.Length.ShouldBeGreaterThan(known + 5);
        registry.History.Read(registry.State.Current, "billing", null, null, 100).Items.ShouldBeEmpty();
    }

    [Fact]
    public void AClockThatIsSetBackReordersNothing()
    {
        var clock = new SetClock { Now = Given.Noon };
        var history = new RegistryHistory(new HistoryOptions(), clock);
        using var registry = new ProjectedRegistry();
        registry.Projector.Publishing += history.Record;
        registry.Sync();
        registry.Fold(Pod);
        foreach (var hour in new[] { 1, -1, 2 })
        {
            clock.Now = Given.Noon.AddHours(hour);
            registry.Fold(Pod with { Ready = hour == -1 });
        }

        var times = history.Read(registry.State.Current, "shop", "orders", null, 100).Items.Select(static item => item.Of.At).ToList();
        times.ShouldBe([Given.Noon.AddHours(1), Given.Noon.AddHours(1), Given.Noon.AddHours(2)]);
    }

    private static HistoryPage Read(ProjectedRegistry registry, DateTimeOffset? since = null, int limit = 1000) =>
        registry.History.Read(registry.State.Current, "shop", "orders", since, limit);

    private sealed class SetClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; }

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
