namespace Gateway.Tests.Kubernetes.Informers;

public sealed class ReflectorWatchTests
{
    [Fact]
    public async Task ItListsFromTheServersMemoryAndWatchesFromThere()
    {
        await using var pods = await FollowedPods.StartAsync();

        var list = await pods.Server.NextAsync();
        list.Path.ShouldBe("/api/v1/pods");
        list.Query("resourceVersion").ShouldBe("0");
        list.Query("limit").ShouldBeNull();
        pods.Store.HasSynced.ShouldBeFalse();
        await list.AnswerAsync(200, Wire.List(100, Wire.Pod("a", 90)));

        var watch = await pods.Server.NextAsync();
        watch.Query("watch").ShouldBe("1");
        watch.Query("resourceVersion").ShouldBe("100");
        watch.Query("allowWatchBookmarks").ShouldBe("true");
        pods.Store.HasSynced.ShouldBeTrue();
        pods.Find("a").ShouldNotBeNull();
    }

    [Theory]
    [InlineData(0, "300")]
    [InlineData(0.5, "450")]
    [InlineData(0.9999, "599")]
    public async Task AWatchLastsFiveToTenMinutes(double jitter, string seconds)
    {
        await using var pods = await FollowedPods.StartAsync(FollowedPods.Plain with { Jitter = () => jitter });
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(200, Wire.List(100));
        (await pods.Server.NextAsync(RequestKind.Watch)).Query("timeoutSeconds").ShouldBe(seconds);
    }

    [Fact]
    public async Task EventsReachTheStoreHoweverTheyAreCut()
    {
        var (pods, watch) = await FollowedPods.WatchingAsync(100, Wire.Pod("a", 90), Wire.Pod("b", 91));
        await using var _ = pods;

        var frames = Wire.Added(Wire.Pod("c", 101)) + Wire.Modified(Wire.Pod("a", 102, address: "10.1.0.9")) + Wire.Deleted(Wire.Pod("b", 103));
        await watch.SendAsync(frames[..50]);
        await watch.SendAsync(frames[50..700]);
        await watch.SendAsync(frames[700..]);

        await pods.UntilAsync(() => pods.Store.Version == 103);
        pods.Find("a")!.PodIPs.ShouldBe(["10.1.0.9"]);
        pods.Find("b").ShouldBeNull();
        pods.Find("c").ShouldNotBeNull();
        pods.Store.ByIndex("ip", "10.1.0.9").ShouldHaveSingleItem().Metadata.Name.ShouldBe("a");
    }

    [Fact]
    public async Task AVersionCountsAsSeenOnlyWhenTheStoreHoldsTheEvent()
    {
        var (pods, watch) = await FollowedPods.WatchingAsync(100);
        await using var _ = pods;
        var early = false;
        pods.OnChange = () => early |= pods.Store.Version >= 101 && pods.Find("a") is null;

        await watch.SendAsync(Wire.Added(Wire.Pod("a", 101)));
        await pods.UntilAsync(() => pods.Store.Version == 101);
        early.ShouldBeFalse();
    }

    [Fact]
    public async Task AChangeIsAnnouncedWithTheTimeAtWhichItsFrameWasReceived()
    {
        var (pods, watch) = await FollowedPods.WatchingAsync(100);
        await using var _ = pods;
        pods.Arrived.ShouldBe(0);
        var received = pods.Time.GetTimestamp();

        await watch.SendAsync(Wire.Added(Wire.Pod("a", 101)));
        await pods.UntilAsync(() => pods.Store.Version == 101);
        pods.Arrived.ShouldBe(received);
    }

    [Fact]
    public async Task ABookmarkAdvancesTheVersionAlone()
    {
        var (pods, watch) = await FollowedPods.WatchingAsync(100, Wire.Pod("a", 90));
        await using var _ = pods;
        pods.Store.Drain();

        await watch.SendAsync(Wire.Bookmark(150));
        await pods.UntilAsync(() => pods.Store.Version == 150);
        pods.Store.Drain().Changes.ShouldBeEmpty();
    }

    [Fact]
    public async Task AWatchThatEndsInGoodOrderGoesOnWhereItEnded()
    {
        var (pods, watch) = await FollowedPods.WatchingAsync(100);
        await using var _ = pods;
        await watch.SendAsync(Wire.Added(Wire.Pod("a", 101)));
        await pods.UntilAsync(() => pods.Store.Version == 101);
        watch.End();

        (await pods.Server.NextAsync()).ShouldSatisfyAllConditions(
            next => next.Kind.ShouldBe(RequestKind.Watch),
            next => next.Query("resourceVersion").ShouldBe("101"));
        pods.Informer.IsLost.ShouldBeFalse();
    }

    [Fact]
    public async Task AConnectionCutInsideAFrameGoesOnAfterTheLastWholeOne()
    {
        var (pods, watch) = await FollowedPods.WatchingAsync(100);
        await using var _ = pods;
        await watch.SendAsync(Wire.Added(Wire.Pod("a", 101)) + Wire.Added(Wire.Pod("b", 102))[..60]);
        await pods.UntilAsync(() => pods.Store.Version == 101);
        watch.Cut();

        var next = await pods.Server.NextAsync();
        next.Kind.ShouldBe(RequestKind.Watch);
        next.Query("resourceVersion").ShouldBe("101");
        pods.Metrics["registry.informer.unreadable.frames"].ShouldBe(0);
    }

    [Fact]
    public async Task AWatchThatEndsAtOnceAndToldNothingIsBackedOffFrom()
    {
        var (pods, watch) = await FollowedPods.WatchingAsync(100);
        await using var _ = pods;
        watch.End();

        await pods.Time.WaitForTimerAsync(TimeSpan.FromSeconds(0.8));
        pods.Time.Advance(TimeSpan.FromSeconds(0.8));
        (await pods.OpenWatchAsync()).End();
        await pods.Time.WaitForTimerAsync(TimeSpan.FromSeconds(1.6));
        pods.Server.Count(RequestKind.List).ShouldBe(1);
    }

    [Fact]
    public async Task AFailedReconnectIsLostUntilAWatchHasCaughtUp()
    {
        var (pods, watch) = await FollowedPods.WatchingAsync(100, Wire.Pod("a", 90));
        await using var _ = pods;
        await watch.SendAsync(Wire.Bookmark(101));
        await pods.UntilAsync(() => pods.Store.Version == 101);
        watch.Cut();

        await (await pods.Server.NextAsync(RequestKind.Watch)).AnswerAsync(503, "no status of anybody's");
        await pods.UntilAsync(() => pods.Informer.IsLost);
        pods.Find("a").ShouldNotBeNull();

        await pods.Time.WaitForTimerAsync(TimeSpan.FromSeconds(0.8));
        pods.Time.Advance(TimeSpan.FromSeconds(0.8));
        var second = await pods.Server.NextAsync(RequestKind.Watch);
        second.Cut();
        await pods.Time.WaitForTimerAsync(TimeSpan.FromSeconds(1.6));
        pods.Informer.IsLost.ShouldBeTrue();
        pods.Time.Advance(TimeSpan.FromSeconds(1.6));

        var third = await pods.Server.NextAsync(RequestKind.Watch);
        third.Query("resourceVersion").ShouldBe("101");
        await third.OpenAsync();
        await pods.AnswerProbeAsync(101);
        await pods.UntilAsync(() => !pods.Informer.IsLost);
        pods.Server.Count(RequestKind.List).ShouldBe(1);
        pods.Metrics["registry.informer.lost"].ShouldBe(0);
    }

    [Fact]
    public async Task ThrottledItWaitsAsLongAsItIsToldAndGoesOnWithoutAList()
    {
        var (pods, watch) = await FollowedPods.WatchingAsync(100);
        await using var _ = pods;
        await watch.SendAsync(Wire.Bookmark(101));
        await pods.UntilAsync(() => pods.Store.Version == 101);
        watch.End();

        await (await pods.Server.NextAsync(RequestKind.Watch)).AnswerAsync(429, Wire.Status(429, "TooManyRequests"), ("Retry-After", "7"));
        await pods.Time.WaitForTimerAsync(TimeSpan.FromSeconds(7));
        pods.Time.Advance(TimeSpan.FromSeconds(7));
        var next = await pods.Server.NextAsync();
        next.Kind.ShouldBe(RequestKind.Watch);
        next.Query("resourceVersion").ShouldBe("101");
        pods.Informer.IsLost.ShouldBeFalse();
        pods.Server.Count(RequestKind.List).ShouldBe(1);
    }

    [Fact]
    public async Task ThrottledForLongIsLost()
    {
        var (pods, watch) = await FollowedPods.WatchingAsync(100);
        await using var _ = pods;
        await watch.SendAsync(Wire.Error(429, "TooManyRequests", 31));
        await pods.Time.WaitForTimerAsync(TimeSpan.FromSeconds(31));
        pods.Informer.IsLost.ShouldBeFalse();
        pods.Time.Advance(TimeSpan.FromSeconds(31));
        await (await pods.Server.NextAsync(RequestKind.Watch)).AnswerAsync(429, Wire.Status(429, "TooManyRequests", retryAfterSeconds: 2));
        await pods.UntilAsync(() => pods.Informer.IsLost);
        pods.Server.Count(RequestKind.List).ShouldBe(1);
    }

    [Fact]
    public async Task AWatchOpenLongAfterItsOwnEndIsDroppedAndResumed()
    {
        var (pods, watch) = await FollowedPods.WatchingAsync(100);
        await using var _ = pods;
        await pods.Time.WaitForTimerAsync(TimeSpan.FromSeconds(330));
        pods.Time.Advance(TimeSpan.FromSeconds(330));

        await watch.WaitUntilDroppedAsync();
        (await pods.Server.NextAsync(RequestKind.Watch)).Query("resourceVersion").ShouldBe("100");
        pods.Server.Count(RequestKind.List).ShouldBe(1);
        pods.Informer.IsLost.ShouldBeFalse();
    }

    [Fact]
    public async Task ANewUidUnderAnOldNameIsAnotherObject()
    {
        var (pods, watch) = await FollowedPods.WatchingAsync(100, Wire.Pod("a", 90, "first"));
        await using var _ = pods;
        await watch.SendAsync(Wire.Deleted(Wire.Pod("a", 101, "first")) + Wire.Added(Wire.Pod("a", 102, "second")));
        await pods.UntilAsync(() => pods.Store.Version == 102);
        pods.Find("a")!.Metadata.Uid.ShouldBe("second");
        pods.Store.Drain().Changes.ShouldHaveSingleItem().Value!.Metadata.Uid.ShouldBe("second");
    }

    [Fact]
    public async Task ReplicasOfOneClusterStartStaggered()
    {
        await using var pods = await FollowedPods.StartAsync(
            FollowedPods.Plain with { Stagger = TimeSpan.FromSeconds(2), Jitter = static () => 0.25 });
        await pods.Time.WaitForTimerAsync(TimeSpan.FromSeconds(0.5));
        pods.Server.Count(RequestKind.List).ShouldBe(0);
        pods.Time.Advance(TimeSpan.FromSeconds(0.5));
        await pods.Server.NextAsync(RequestKind.List);
    }
}
