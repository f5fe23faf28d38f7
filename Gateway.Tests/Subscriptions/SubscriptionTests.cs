using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Subscriptions;

namespace Gateway.Tests.Subscriptions;

public sealed class SubscriptionTests : IDisposable
{
    private static readonly ServiceKey Orders = new("shop", "orders");
    private static readonly ServiceKey Carts = new("shop", "carts");

    private readonly ManualTimeProvider _time = new();
    private readonly ReplicaUnderTest _here;
    private readonly ReplicaUnderTest _there;

    public SubscriptionTests() => (_here, _there) = (new(1, _time), new(2, _time));

    public void Dispose()
    {
        _here.Dispose();
        _there.Dispose();
    }

    [Fact]
    public void AStreamBeginsWithOneSnapshotAndThenTellsChanges()
    {
        var world = WorldState.Empty.With(Orders, Up("1"), Up("2"));
        _here.Fold(world);
        using var client = new StreamClient(StreamSelection.OfOne(Orders, LookupFilter.Default)).Connect(_here);
        client.Take();
        _here.Fold(world = world.With(Orders, Up("1", 7), Up("3")));
        client.Take();

        client.Events.ShouldBe(["snapshot", "modified", "added", "removed"]);
        client.ShouldHold(world);
    }

    [Fact]
    public void LeavingTheFilterIsRemovedAndEnteringItAdded()
    {
        var world = WorldState.Empty.With(Orders, Up("1"));
        _here.Fold(world);
        using var client = new StreamClient(StreamSelection.OfOne(Orders, LookupFilter.Default)).Connect(_here);
        client.Take();
        _here.Fold(world = world.With(Orders, WorldState.Instance(Orders, "1", status: InstanceStatus.OutOfService)));
        client.Take();
        _here.Fold(world.With(Orders, Up("1")));
        client.Take();

        client.Events.ShouldBe(["snapshot", "removed", "added"]);
    }

    [Fact]
    public void ManyServicesHaveASnapshotEachAndThenSynced()
    {
        _here.Fold(WorldState.Empty.With(Orders, Up("1")));
        using var client = new StreamClient(StreamSelection.OfMany([Orders, Carts], LookupFilter.Default)).Connect(_here);
        client.Take();
        client.Events.ShouldBe(["snapshot", "snapshot", "synced"]);
    }

    [Fact]
    public void AServiceThatAppearsLaterBeginsWithAdded()
    {
        var world = WorldState.Empty.With(Orders, Up("1"));
        _here.Fold(world);
        using var client = new StreamClient(StreamSelection.OfNamespace("shop", LookupFilter.Default)).Connect(_here);
        client.Take();
        _here.Fold(world.With(Carts, WorldState.Instance(Carts, "9")));
        client.Take();
        client.Events.ShouldBe(["snapshot", "synced", "added"]);
    }

    [Fact]
    public void AStreamOfANamespaceComparesOnlyWhatChanged()
    {
        var services = Enumerable.Range(0, 500).Select(static number => new ServiceKey("shop", $"service-{number}")).ToList();
        var world = services.Aggregate(WorldState.Empty, static (world, key) => world.With(key, WorldState.Instance(key, "1")));
        _here.Fold(world);
        var selection = StreamSelection.OfNamespace("shop", LookupFilter.Default);
        using var stream = _here.Hub.TryOpen(selection, default).ShouldNotBeNull();
        TakeAll(stream).ShouldBe(501);
        var before = stream.Compared;
        _here.Fold(world = world.With(services[7], WorldState.Instance(services[7], "1", 5)));
        _here.Fold(world = world.With(new ServiceKey("other", "new"), WorldState.Instance(new ServiceKey("other", "new"), "1")));
        _here.Fold(world = world.With(services[8]));
        TakeAll(stream).ShouldBe(2);
        _here.Fold(world = world.With(services[8], WorldState.Instance(services[8], "1")));
        _here.Fold(world.With(new ServiceKey("shop", "new"), WorldState.Instance(new ServiceKey("shop", "new"), "1")));
        TakeAll(stream).ShouldBe(2);
        (stream.Compared - before).ShouldBe(4);

        static int TakeAll(Subscription stream)
        {
            var taken = 0;
            while (stream.TryTake(out _))
                taken++;
            return taken;
        }
    }

    [Fact]
    public void AStreamThatIsFurtherBehindThanTheRecordStillHoldsTheTruth()
    {
        var world = WorldState.Empty.With(Orders, Up("1"));
        _here.Fold(world);
        using var client = new StreamClient(StreamSelection.OfNamespace("shop", LookupFilter.Default)).Connect(_here);
        client.Take();
        for (var round = 0; round < 3_000; round++)
            _here.Fold(world = round % 2 == 0 ? world.With(Carts, WorldState.Instance(Carts, "9", round)) : world.With(Carts));
        client.Take();
        client.ShouldHold(world);
        _here.Fold(world = world.With(Carts, WorldState.Instance(Carts, "9")));
        client.Take();
        client.ShouldHold(world);
    }

    [Fact]
    public void InitialEventsAreAddedEventsAndSynced()
    {
        _here.Fold(WorldState.Empty.With(Orders, Up("1"), Up("2")));
        using var client = new StreamClient(StreamSelection.OfOne(Orders, LookupFilter.Default), asEvents: true).Connect(_here);
        client.Take();
        client.Events.ShouldBe(["added", "added", "synced"]);
    }

    [Fact]
    public void WhoComesBackWithTheSameDigestIsToldNothing()
    {
        var world = WorldState.Empty.With(Orders, Up("1"));
        _here.Fold(world);
        _there.Fold(world);
        using var client = new StreamClient(StreamSelection.OfOne(Orders, LookupFilter.Default)).Connect(_here);
        client.Take();
        client.Connect(_there).Take().ShouldBe(0);
        _there.Fold(world.With(Orders, Up("1"), Up("2")));
        client.Take();
        client.Events.ShouldBe(["added"]);
    }

    [Fact]
    public void WhoComesBackFromAKnownPastIsToldTheNetDifference()
    {
        var world = WorldState.Empty.With(Orders, Up("1"), Up("2"));
        _here.Fold(world);
        using var client = new StreamClient(StreamSelection.OfOne(Orders, LookupFilter.Default)).Connect(_here);
        client.Take();
        _here.Fold(world = world.With(Orders, Up("1"), Up("2"), Up("3")));
        _here.Fold(world = world.With(Orders, Up("1"), Up("3")));
        client.Connect(_here).Take();
        client.Events.ShouldBe(["added", "removed"]);
        client.ShouldHold(world);
    }

    [Fact]
    public void WhoComesBackInTheMomentOfAPublicationIsToldTheNetDifference()
    {
        var world = WorldState.Empty.With(Orders, Up("1"));
        _here.Fold(world);
        using var client = new StreamClient(StreamSelection.OfOne(Orders, LookupFilter.Default)).Connect(_here);
        client.Take();
        _here.Published = () => client.Connect(_here).Take().ShouldBe(0);
        _here.Fold(world = world.With(Orders, Up("1"), Up("2")));
        client.Take();
        client.Events.ShouldBe(["added"]);
        client.ShouldHold(world);
    }

    [Fact]
    public void AStreamOfManyComesBackWithTheNetDifferenceToo()
    {
        var world = WorldState.Empty.With(Orders, Up("1")).With(Carts, WorldState.Instance(Carts, "9"));
        _here.Fold(world);
        _there.Fold(world);
        using var client = new StreamClient(StreamSelection.OfNamespace("shop", LookupFilter.Default)).Connect(_here);
        client.Take();
        _there.Fold(world = world.With(Orders, Up("1", 5)));
        _there.Fold(world = world.With(Carts));
        client.Connect(_there).Take();
        client.Events.Order().ShouldBe(["modified", "removed"]);
        client.ShouldHold(world);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhoComesBackFromAStateThatThisReplicaFoldedInOtherPortionsIsToldTheNetDifference(bool isOfMany)
    {
        var world = WorldState.Empty.With(Orders, Up("1"), Up("2"));
        _here.Fold(world);
        _there.Fold(world);
        var selection = isOfMany ? StreamSelection.OfNamespace("shop", LookupFilter.Default) : StreamSelection.OfOne(Orders, LookupFilter.Default);
        using var client = new StreamClient(selection).Connect(_here);
        client.Take();
        _here.Fold(world = world.With(Orders, Up("1", 5), Up("2")));
        _there.Fold(world);
        _here.Fold(world = world.With(Orders, Up("1", 5), Up("2"), Up("3")));
        client.Take();

        // What the client saw last came together with a later change here.
        _there.Fold(world = world.With(Orders, Up("1", 5), Up("3")));
        client.Connect(_there).Take();
        client.Events.ShouldBe(["removed"]);
        client.ShouldHold(world);
    }

    [Fact]
    public void WhoComesBackFromFarBehindIsToldTheNetDifference()
    {
        var world = WorldState.Empty.With(Orders, Up("1"), Up("2"));
        _here.Fold(world);
        _there.Fold(world);
        using var client = new StreamClient(StreamSelection.OfOne(Orders, LookupFilter.Default)).Connect(_here);
        client.Take();
        for (var weight = 0; weight < 200; weight++)
            _there.Fold(world = world.With(Orders, Up("1", weight), Up("2")));
        client.Connect(_there).Take();
        client.Events.ShouldBe(["modified"]);
        client.ShouldHold(world);
    }

    [Fact]
    public void AnUnknownPastIsASnapshot()
    {
        var world = WorldState.Empty.With(Orders, Up("1"));
        _here.Fold(world);
        using var client = new StreamClient(StreamSelection.OfOne(Orders, LookupFilter.Default)).Connect(_here);
        client.Take();
        _there.Fold(world = world.With(Orders, Up("2")));
        client.Connect(_there).Take();
        client.Events.ShouldBe(["snapshot"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("b0000000000000000000000AAAAAAAA.AQAAAA")]
    public void AnIdThatCannotBeReadIsASnapshot(string id)
    {
        _here.Fold(WorldState.Empty.With(Orders, Up("1")));
        using var stream = _here.Hub.TryOpen(StreamSelection.OfOne(Orders, LookupFilter.Default), new StreamStart(false, id)).ShouldNotBeNull();
        stream.TryTake(out var next).ShouldBeTrue();
        System.Text.Encoding.UTF8.GetString(next.Frame.Pieces[0].Span).ShouldStartWith("event: snapshot");
    }

    [Fact]
    public void AnIdOfAnotherFilterIsASnapshot()
    {
        _here.Fold(WorldState.Empty.With(Orders, Up("1")));
        using var client = new StreamClient(StreamSelection.OfOne(Orders, LookupFilter.Default)).Connect(_here);
        client.Take();
        using var stream = _here.Hub.TryOpen(StreamSelection.OfOne(Orders, LookupFilter.Any), new StreamStart(false, client.LastEventId)).ShouldNotBeNull();
        stream.TryTake(out _).ShouldBeTrue();
    }

    [Fact]
    public void AnIdFromBeforeSyncedIsASnapshot()
    {
        _here.Fold(WorldState.Empty.With(Orders, Up("1")).With(Carts, WorldState.Instance(Carts, "9")));
        using var client = new StreamClient(StreamSelection.OfNamespace("shop", LookupFilter.Default)).Connect(_here);
        client.Take(2);
        client.Connect(_here).Take();
        client.Events.ShouldBe(["snapshot", "snapshot", "synced"]);
    }

    [Fact]
    public void NobodyIsSentBackInTime()
    {
        var old = WorldState.Empty.With(Orders, Up("1"));
        var newer = old.With(Orders, Up("2"));
        _here.Fold(newer);
        _there.Fold(old);
        using var client = new StreamClient(StreamSelection.OfOne(Orders, LookupFilter.Default)).Connect(_here);
        client.Take();
        client.Connect(_there).Take().ShouldBe(0, "the replica is behind the client");
        client.Stream!.Deadline.ShouldBe(_time.GetUtcNow() + TimeSpan.FromSeconds(10));
        _there.Fold(newer);
        client.Take().ShouldBe(0, "it caught up with what the client holds");
        client.Stream.Deadline.ShouldBeNull();
    }

    [Fact]
    public void AReplicaThatStaysBehindSaysStaleAndThenItsSnapshotAndFreshOnceItCaughtUp()
    {
        var old = WorldState.Empty.With(Orders, Up("1"));
        var newer = old.With(Orders, Up("2"));
        _here.Fold(newer);
        _there.Fold(old);
        using var client = new StreamClient(StreamSelection.OfOne(Orders, LookupFilter.Default)).Connect(_here);
        client.Take();
        client.Connect(_there).Take();
        _time.Advance(TimeSpan.FromSeconds(10));
        client.Take();
        client.Events.ShouldBe(["stale", "snapshot"]);
        _there.Fold(newer);
        client.Take();
        client.Events.ShouldBe(["stale", "snapshot", "added", "removed", "fresh"], "fresh once everything is told");
    }

    [Fact]
    public void AnIdOfALostHistoryIsASnapshotAtOnce()
    {
        var world = WorldState.Empty.With(Orders, Up("1")).With(Orders, Up("1"), Up("2"));
        _here.Fold(world);
        using var client = new StreamClient(StreamSelection.OfOne(Orders, LookupFilter.Default)).Connect(_here);
        client.Take();
        _there.Fold(WorldState.Empty.With(Orders, Up("1")), history: 1);
        client.Connect(_there).Take();
        client.Events.ShouldBe(["snapshot"]);
    }

    [Fact]
    public void LosingAndRegainingTheApiServerIsToldOnceEach()
    {
        var world = WorldState.Empty.With(Orders, Up("1"));
        _here.Fold(world);
        using var client = new StreamClient(StreamSelection.OfOne(Orders, LookupFilter.Default)).Connect(_here);
        client.Take();
        _here.Fold(world, isStale: true);
        _here.Fold(world, isStale: true);
        client.Take();
        _here.Fold(world);
        client.Take();
        client.Events.ShouldBe(["snapshot", "stale", "fresh"]);
    }

    [Fact]
    public void ManyQuickChangesAreFoldedForASlowReader()
    {
        var world = WorldState.Empty.With(Orders, Up("1"));
        _here.Fold(world);
        using var client = new StreamClient(StreamSelection.OfOne(Orders, LookupFilter.Default)).Connect(_here);
        client.Take();
        for (var weight = 0; weight < 1_000; weight++)
            _here.Fold(world = world.With(Orders, Up("1", weight)));
        client.Take();
        client.Events.ShouldBe(["snapshot", "modified"]);
    }

    [Fact]
    public void FramesOfATransitionAreEncodedOnceForAllStreams()
    {
        var world = WorldState.Empty.With(Orders, Up("1"));
        _here.Fold(world);
        var selection = StreamSelection.OfOne(Orders, LookupFilter.Default);
        using var one = _here.Hub.TryOpen(selection, default).ShouldNotBeNull();
        using var two = _here.Hub.TryOpen(selection, default).ShouldNotBeNull();
        one.TryTake(out var firstOfOne);
        two.TryTake(out var firstOfTwo);
        firstOfOne.Frame.ShouldBeSameAs(firstOfTwo.Frame);
        _here.Fold(world.With(Orders, Up("1", 3)));
        one.TryTake(out var nextOfOne);
        two.TryTake(out var nextOfTwo);
        nextOfOne.Frame.ShouldBeSameAs(nextOfTwo.Frame);
        nextOfOne.Id.ShouldBe(nextOfTwo.Id);
    }

    [Fact]
    public async Task APublicationWakesTheStreamsOfItsServicesOnly()
    {
        var world = WorldState.Empty.With(Orders, Up("1"));
        _here.Fold(world);
        using var client = new StreamClient(StreamSelection.OfOne(Orders, LookupFilter.Default)).Connect(_here);
        await client.Stream!.WaitAsync(CancellationToken.None).AsTask().Within();
        var woken = client.Stream.WaitAsync(CancellationToken.None).AsTask();
        _here.Fold(world = world.With(Carts, WorldState.Instance(Carts, "9")));
        woken.IsCompleted.ShouldBeFalse();
        _here.Fold(world.With(Orders, Up("2")));
        await woken.Within();
    }

    [Fact]
    public void AShutdownRefusesNewStreams()
    {
        _here.Fold(WorldState.Empty);
        _here.Hub.Shutdown();
        _here.Hub.TryOpen(StreamSelection.OfOne(Orders, LookupFilter.Default), default).ShouldBeNull();
    }

    [Fact]
    public void AsManyStreamsAreOpenAsAllowed()
    {
        using var small = new ReplicaUnderTest(3, _time, new SubscriptionOptions { MaxStreams = 1 });
        var selection = StreamSelection.OfOne(Orders, LookupFilter.Default);
        var open = small.Hub.TryOpen(selection, default).ShouldNotBeNull();
        small.Hub.TryOpen(selection, default).ShouldBeNull();
        open.Dispose();
        small.Hub.TryOpen(selection, default).ShouldNotBeNull().Dispose();
    }

    [Fact]
    public async Task WhoDrainsLearnsWhenEveryStreamWasSentASnapshot()
    {
        var world = WorldState.Empty.With(Orders, Up("1"));
        _here.Fold(world);
        using var client = new StreamClient(StreamSelection.OfNamespace("shop", LookupFilter.Default)).Connect(_here);
        client.Take();
        _here.Fold(world.With(Orders, Up("1", 2)));
        var sequence = _here.State.Current.Sequence;
        var progress = _here.Hub.NextProgress();
        _here.Hub.CountBehind(Orders, sequence).ShouldBe((1, 1));
        client.Take();
        await progress.Within();
        _here.Hub.CountBehind(Orders, sequence).ShouldBe((1, 0));
    }

    private static Instance Up(string id, int weight = 100) => WorldState.Instance(Orders, id, weight);
}
