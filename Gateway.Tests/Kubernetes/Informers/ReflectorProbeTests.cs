using Gateway.Core.Kubernetes.Informers;

namespace Gateway.Tests.Kubernetes.Informers;

public sealed class ReflectorProbeTests
{
    [Fact]
    public async Task AWatchThatStaysBehindTheServerIsDeadAndReplaced()
    {
        var (pods, watch) = await FollowedPods.WatchingAsync(100);
        await using var _ = pods;

        pods.Time.Advance(TimeSpan.FromSeconds(30));
        var probe = await pods.AnswerProbeAsync(140);
        probe.Query("resourceVersion").ShouldBe("0");
        await pods.Time.WaitForTimerAsync(TimeSpan.FromSeconds(30));
        await pods.ProbeAsync(150);
        await pods.Time.WaitForTimerAsync(TimeSpan.FromSeconds(30));
        await pods.ProbeAsync(150);
        // The verdict is due 70 s after the server was first found ahead.
        await pods.Time.WaitForTimerAsync(TimeSpan.FromSeconds(10));
        pods.Time.Advance(TimeSpan.FromSeconds(10));
        await pods.AnswerProbeAsync(150);

        await watch.WaitUntilDroppedAsync();
        (await pods.Server.NextAsync(RequestKind.Watch)).Query("resourceVersion").ShouldBe("100");
        pods.Server.Count(RequestKind.List).ShouldBe(1);
        pods.Informer.IsLost.ShouldBeFalse();
        pods.Metrics["registry.informer.watch.ends outcome=dead"].ShouldBe(1);
    }

    [Fact]
    public async Task AWatchThatCatchesUpIsAliveHoweverFarAheadTheServerIs()
    {
        var (pods, watch) = await FollowedPods.WatchingAsync(100);
        await using var _ = pods;
        for (ulong version = 110; version < 200; version += 10)
        {
            await pods.ProbeAsync(version);
            await pods.Time.WaitForTimerAsync(TimeSpan.FromSeconds(30));
            await watch.SendAsync(Wire.Bookmark(version));
            await pods.UntilAsync(() => pods.Store.Version == version);
        }

        pods.Server.Count(RequestKind.Watch).ShouldBe(1);
    }

    [Fact]
    public async Task ALowerVersionThatEtcdConfirmsIsAnotherHistory()
    {
        var (pods, watch) = await FollowedPods.WatchingAsync(100, Wire.Pod("a", 40), Wire.Pod("b", 90));
        await using var _ = pods;
        await pods.ProbeAsync(60);
        var confirmation = await pods.AnswerProbeAsync(61);
        confirmation.Query("resourceVersion").ShouldBeNull();

        await watch.WaitUntilDroppedAsync();
        var list = await pods.Server.NextAsync(RequestKind.List);
        list.Query("resourceVersion").ShouldBeNull();
        await list.AnswerAsync(200, Wire.List(62, Wire.Pod("a", 40)));
        (await pods.Server.NextAsync(RequestKind.Watch)).Query("resourceVersion").ShouldBe("62");
        pods.Store.History.ShouldBe(1U);
        pods.Find("b").ShouldBeNull();
    }

    [Fact]
    public async Task WhatAnotherKindFoundPutBackIsTakenAnewWhateverItsVersion()
    {
        var (pods, watch) = await FollowedPods.WatchingAsync(100, Wire.Pod("a", 40), Wire.Pod("b", 90));
        await using var _ = pods;
        new FollowedEpoch(pods.History).Take();
        await pods.ProbeAsync(100);

        await watch.WaitUntilDroppedAsync();
        var list = await pods.Server.NextAsync(RequestKind.List);
        list.Query("resourceVersion").ShouldBeNull();
        await list.AnswerAsync(200, Wire.List(100, Wire.Pod("a", 40)));
        await pods.OpenWatchAsync();
        pods.Store.History.ShouldBe(1U);
        pods.Find("b").ShouldBeNull();

        // It counted once, for both of them.
        await pods.ProbeAsync(100);
        await pods.Time.WaitForTimerAsync(TimeSpan.FromSeconds(30));
        pods.Store.History.ShouldBe(1U);
        pods.History.Count.ShouldBe(1);
    }

    [Fact]
    public async Task AnApiServerThatIsBehindTheOthersProvesNothing()
    {
        var (pods, _) = await FollowedPods.WatchingAsync(100);
        await using var __ = pods;
        await pods.ProbeAsync(60);
        await pods.AnswerProbeAsync(100);
        await pods.Time.WaitForTimerAsync(TimeSpan.FromSeconds(30));
        pods.Store.History.ShouldBe(0U);
        pods.Server.Count(RequestKind.Watch).ShouldBe(1);
    }

    [Fact]
    public async Task AfterABrokenConnectionTheClusterIsAskedAtOnceWhetherItIsStillTheSame()
    {
        var (pods, watch) = await FollowedPods.WatchingAsync(100, Wire.Pod("a", 40));
        await using var _ = pods;
        await watch.SendAsync(Wire.Bookmark(101));
        await pods.UntilAsync(() => pods.Store.Version == 101);
        watch.Cut();

        await (await pods.Server.NextAsync(RequestKind.Watch)).OpenAsync();
        await pods.AnswerProbeAsync(30);
        await pods.AnswerProbeAsync(30);
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(200, Wire.List(30));
        await pods.UntilAsync(() => pods.Store.History == 1);
    }

    [Fact]
    public async Task AProbeThatIsNotAnsweredIsLostUntilOneIs()
    {
        var (pods, _) = await FollowedPods.WatchingAsync(100);
        await using var __ = pods;
        pods.Time.Advance(TimeSpan.FromSeconds(30));
        (await pods.Server.NextAsync(RequestKind.Probe)).Cut();
        await pods.UntilAsync(() => pods.Informer.IsLost);

        await pods.Time.WaitForTimerAsync(TimeSpan.FromSeconds(5));
        pods.Time.Advance(TimeSpan.FromSeconds(5));
        await pods.AnswerProbeAsync(100);
        await pods.UntilAsync(() => !pods.Informer.IsLost);
        pods.Server.Count(RequestKind.Watch).ShouldBe(1);
    }

    [Fact]
    public async Task AProbeThatHangsIsLostAfterEightSeconds()
    {
        var (pods, _) = await FollowedPods.WatchingAsync(100);
        await using var __ = pods;
        pods.Time.Advance(TimeSpan.FromSeconds(30));
        await pods.Server.NextAsync(RequestKind.Probe);
        pods.Time.Advance(TimeSpan.FromSeconds(8));
        await pods.UntilAsync(() => pods.Informer.IsLost);
    }

    [Fact]
    public async Task AnEventProvesAsMuchAsAProbe()
    {
        var (pods, watch) = await FollowedPods.WatchingAsync(100);
        await using var _ = pods;
        pods.Time.Advance(TimeSpan.FromSeconds(30));
        await (await pods.Server.NextAsync(RequestKind.Probe)).AnswerAsync(500, Wire.Status(500, "InternalError"));
        await pods.UntilAsync(() => pods.Informer.IsLost);
        await watch.SendAsync(Wire.Bookmark(101));
        await pods.UntilAsync(() => !pods.Informer.IsLost);
    }
}
