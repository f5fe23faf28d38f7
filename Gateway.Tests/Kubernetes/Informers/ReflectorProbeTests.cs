using Gateway.Core.Kubernetes.Informers;

namespace Gateway.Tests.Kubernetes.Informers;

public sealed class ReflectorProbeTests
{
    [Fact]
    public async Task AWatchThatDoesNotSendWhatASecondWatchSendsIsDeadAndReplaced()
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

        var second = await pods.Server.NextAsync(RequestKind.Watch);
        second.Query("resourceVersion").ShouldBe("100");
        second.Query("timeoutSeconds").ShouldBe("5");
        await second.OpenAsync();
        await second.SendAsync(Wire.Added(Wire.Pod("a", 130)));
        await pods.Time.WaitForTimerAsync(FollowedPods.Plain.ComparisonGrace);
        pods.Store.Count.ShouldBe(0);
        pods.Time.Advance(FollowedPods.Plain.ComparisonGrace);

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
    public async Task AProbeThatIsNotAnsweredIsLostUntilANewWatchHasCaughtUp()
    {
        var (pods, watch) = await FollowedPods.WatchingAsync(100);
        await using var __ = pods;
        pods.Time.Advance(TimeSpan.FromSeconds(30));
        (await pods.Server.NextAsync(RequestKind.Probe)).Cut();
        await pods.UntilAsync(() => pods.Informer.IsLost);

        await pods.Time.WaitForTimerAsync(TimeSpan.FromSeconds(5));
        pods.Time.Advance(TimeSpan.FromSeconds(5));
        await pods.AnswerProbeAsync(100);
        await watch.WaitUntilDroppedAsync();
        var proof = await pods.Server.NextAsync(RequestKind.Watch);
        proof.Query("resourceVersion").ShouldBe("100");
        proof.Query("timeoutSeconds").ShouldBe("5");
        pods.Informer.IsLost.ShouldBeTrue();
        await proof.OpenAsync();
        await pods.AnswerProbeAsync(100);
        await pods.UntilAsync(() => !pods.Informer.IsLost);
        pods.Metrics["registry.informer.watch.ends outcome=doubted"].ShouldBe(1);
    }

    [Fact]
    public async Task TheServersReturnIsNotFreshUntilItsBookmarkOrEventReachesTheVersionThatItNamed()
    {
        var (pods, proof) = await ReturnedAsync(named: 160);
        await using var _ = pods;

        await proof.SendAsync(Wire.Modified(Wire.Pod("a", 120)));
        await pods.UntilAsync(() => pods.Store.Version == 120);
        pods.Informer.IsLost.ShouldBeTrue();
        await proof.SendAsync(Wire.Deleted(Wire.Pod("b", 150)));
        await pods.UntilAsync(() => pods.Store.Version == 150);
        pods.Informer.IsLost.ShouldBeTrue();
        await proof.SendAsync(Wire.Bookmark(160));
        await pods.UntilAsync(() => !pods.Informer.IsLost);
        pods.Find("b").ShouldBeNull();

        // Its short life was for the proof alone.
        proof.End();
        (await pods.Server.NextAsync(RequestKind.Watch)).Query("timeoutSeconds").ShouldBe("300");
        pods.Server.Count(RequestKind.List).ShouldBe(1);
    }

    [Fact]
    public async Task AWatchThatEndsBelowTheNamedVersionIsFollowedByAListAtIt()
    {
        var (pods, proof) = await ReturnedAsync(named: 160);
        await using var _ = pods;
        await proof.SendAsync(Wire.Bookmark(140));
        await pods.UntilAsync(() => pods.Store.Version == 140);
        proof.End();

        var list = await pods.Server.NextAsync(RequestKind.List);
        list.Query("resourceVersion").ShouldBe("160");
        pods.Informer.IsLost.ShouldBeTrue();
        await list.AnswerAsync(200, Wire.List(161, Wire.Pod("a", 90)));
        var next = await pods.Server.NextAsync(RequestKind.Watch);
        pods.Informer.IsLost.ShouldBeTrue();
        await next.OpenAsync();
        await pods.UntilAsync(() => !pods.Informer.IsLost);
        next.Query("timeoutSeconds").ShouldBe("300");
        pods.Metrics["registry.informer.relists reason=behind"].ShouldBe(1);
    }

    [Fact]
    public async Task AProofThatIsSilentPastItsEndIsFollowedByAListToo()
    {
        var (pods, proof) = await ReturnedAsync(named: 160);
        await using var _ = pods;
        await pods.Time.WaitForTimerAsync(TimeSpan.FromSeconds(6));
        pods.Time.Advance(TimeSpan.FromSeconds(6));
        await proof.WaitUntilDroppedAsync();
        (await pods.Server.NextAsync(RequestKind.List)).Query("resourceVersion").ShouldBe("160");
    }

    [Fact]
    public async Task AListProvesNothingWhileTheWatchCannotBeOpened()
    {
        var (pods, proof) = await ReturnedAsync(named: 160);
        await using var _ = pods;
        proof.End();
        await pods.Time.WaitForTimerAsync(TimeSpan.FromSeconds(0.8));
        pods.Time.Advance(TimeSpan.FromSeconds(0.8));
        await (await pods.Server.NextAsync(RequestKind.Watch)).AnswerAsync(400, Wire.Status(400, "BadRequest"));
        await pods.Time.WaitForTimerAsync(TimeSpan.FromSeconds(1.6));
        pods.Time.Advance(TimeSpan.FromSeconds(1.6));
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(200, Wire.List(170));
        await (await pods.Server.NextAsync(RequestKind.Watch)).AnswerAsync(400, Wire.Status(400, "BadRequest"));
        await pods.Time.WaitForTimerAsync(TimeSpan.FromSeconds(3.2));
        pods.Informer.IsLost.ShouldBeTrue();
    }

    /// <summary>Probes were not answered; now the server is back, has named this version, and the first watch since then is open.</summary>
    private static async Task<(FollowedPods Pods, ScriptedRequest Proof)> ReturnedAsync(ulong named)
    {
        var (pods, _) = await FollowedPods.WatchingAsync(100, Wire.Pod("a", 90), Wire.Pod("b", 91));
        pods.Time.Advance(TimeSpan.FromSeconds(30));
        (await pods.Server.NextAsync(RequestKind.Probe)).Cut();
        await pods.Time.WaitForTimerAsync(TimeSpan.FromSeconds(5));
        pods.Time.Advance(TimeSpan.FromSeconds(5));
        await pods.AnswerProbeAsync(named);
        var proof = await pods.Server.NextAsync(RequestKind.Watch);
        await proof.OpenAsync();
        await pods.AnswerProbeAsync(named);
        await pods.Time.WaitForTimerAsync(TimeSpan.FromSeconds(30));
        return (pods, proof);
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
    public async Task AnEventOfTheOldWatchProvesNothing()
    {
        var (pods, watch) = await FollowedPods.WatchingAsync(100);
        await using var _ = pods;
        pods.Time.Advance(TimeSpan.FromSeconds(30));
        await (await pods.Server.NextAsync(RequestKind.Probe)).AnswerAsync(500, Wire.Status(500, "InternalError"));
        await pods.UntilAsync(() => pods.Informer.IsLost);
        await watch.SendAsync(Wire.Bookmark(101));
        await pods.UntilAsync(() => pods.Store.Version == 101);
        pods.Informer.IsLost.ShouldBeTrue();
    }

    [Fact]
    public async Task WithTwoApiServersAnIdleWatchIsNeitherReplacedNorStale()
    {
        // Reads go to one server and move its cache on; the watch is at the other, where the kind is idle and its version stays.
        await using var pods = await FollowedPods.StartAsync(FollowedPods.Plain with { WatchTimeout = TimeSpan.FromMinutes(20) });
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(200, Wire.List(100));
        await pods.OpenWatchAsync();
        pods.Informer.ConditionChanged += () => throw new InvalidOperationException("The kind must not be lost.");
        var (began, version, comparisons) = (pods.Time.GetUtcNow(), 100ul, 0);
        while (pods.Time.GetUtcNow() - began < TimeSpan.FromMinutes(10))
        {
            var due = await pods.Time.NextTimerAsync(static due => due.TotalSeconds is 30 or 10);
            pods.Time.Advance(due);
            await pods.AnswerProbeAsync(++version);
            if (due == TimeSpan.FromSeconds(10))
            {
                var second = await pods.Server.NextAsync(RequestKind.Watch);
                await second.OpenAsync();
                await second.SendAsync(Wire.Bookmark(version));
                await second.WaitUntilDroppedAsync();
                comparisons++;
            }
        }

        comparisons.ShouldBe(6);
        pods.Metrics["registry.informer.watch.ends outcome=dead"].ShouldBe(0);
        pods.Server.Count(RequestKind.Watch).ShouldBe(1 + comparisons);
        pods.Store.Version.ShouldBe(100ul);
    }
}
