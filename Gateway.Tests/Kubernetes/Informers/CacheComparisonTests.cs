using Gateway.Core.Kubernetes.Informers;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Tests.Kubernetes.Informers;

/// <summary>What the watchdog asks, when, and what it makes of each answer; time is moved by hand.</summary>
public sealed class CacheComparisonTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task APageIsMetadataFromEtcdAndAtMostOneASecondIsAsked()
    {
        var (pods, _) = await FollowedPods.WatchingAsync(100, Wire.Pod("a", 40), Wire.Pod("b", 90));
        await using var __ = pods;
        var comparing = Compare(pods);
        var first = await pods.Server.NextAsync(RequestKind.List);
        first.Query("limit").ShouldBe("500");
        first.Query("resourceVersion").ShouldBeNull();
        first.Header("Accept")!.Split(',').ShouldBe([
            "application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
            "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
            "application/json",
        ]);
        await first.AnswerAsync(200, Page(100, "next", Named("a", 40)));

        await pods.Time.WaitForTimerAsync(Second);
        pods.Server.Count(RequestKind.List).ShouldBe(2);
        pods.Time.Advance(Second);
        var second = await pods.Server.NextAsync(RequestKind.List);
        second.Query("continue").ShouldBe("next");
        await second.AnswerAsync(200, Page(100, "", Named("b", 90)));
        (await comparing.Within()).Outcome.ShouldBe(ComparisonOutcome.Same);
    }

    [Fact]
    public async Task AServerWithoutPartialMetadataIsComparedByWholeObjects()
    {
        var (pods, _) = await FollowedPods.WatchingAsync(100, Wire.Pod("a", 40));
        await using var __ = pods;
        var comparing = Compare(pods);
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(200, Wire.List(100, Wire.Pod("a", 40)));
        (await comparing.Within()).Outcome.ShouldBe(ComparisonOutcome.Same);
    }

    [Theory]
    [InlineData("missing", "is missing in the cache, the API server has version 95")]
    [InlineData("older", "is cached with version 40, the API server has version 95")]
    [InlineData("gone", "is cached with version 40, the API server does not have it")]
    [InlineData("another", "is cached as another object, version 40, the API server has version 95")]
    public async Task WhatStillDiffersAfterAReadByItselfIsCountedAndListedFor(string what, string difference)
    {
        string[] cached = what == "missing" ? [Wire.Pod("z", 50)] : [Wire.Pod("a", 40), Wire.Pod("z", 50)];
        var (pods, watch) = await FollowedPods.WatchingAsync(100, cached);
        await using var __ = pods;
        string[] live = what == "gone" ? [] : [Wire.Pod("a", 95, what == "another" ? "uid-2" : null)];

        var comparing = Compare(pods);
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(200, Wire.List(100, [.. live, Wire.Pod("z", 50)]));
        await pods.Time.WaitForTimerAsync(Second);
        pods.Time.Advance(Second);
        var read = await pods.Server.NextAsync(RequestKind.List);
        read.Path.ShouldBe("/api/v1/namespaces/shop/pods");
        read.Query("fieldSelector").ShouldBe("metadata.name=a");
        read.Query("resourceVersion").ShouldBe(what == "gone" ? "0" : null);
        await read.AnswerAsync(200, Wire.List(100, live));
        (await comparing.Within()).Outcome.ShouldBe(ComparisonOutcome.Repaired);
        pods.Metrics["registry.cache.differences resource=pods"].ShouldBe(1);
        pods.Logs.Lines.Where(static line => line.Id == 1111).ShouldHaveSingleItem().Members["Difference"].ShouldBe(difference);

        await watch.WaitUntilDroppedAsync();
        var list = await pods.Server.NextAsync(RequestKind.List);
        list.Query("resourceVersion").ShouldBeNull();
        await list.AnswerAsync(200, Wire.List(100, [.. live, Wire.Pod("z", 50)]));
        (await pods.Server.NextAsync(RequestKind.Watch)).Query("resourceVersion").ShouldBe("100");
        (pods.Find("a")?.Metadata.Version).ShouldBe(what == "gone" ? null : 95UL);
        pods.Metrics["registry.informer.relists reason=repair"].ShouldBe(1);
    }

    [Fact]
    public async Task WhatTheWatchSendsMeanwhileDiffersInNothing()
    {
        var (pods, watch) = await FollowedPods.WatchingAsync(100, Wire.Pod("a", 40), Wire.Pod("b", 41), Wire.Pod("d", 42));
        await using var _ = pods;
        var comparing = Compare(pods);
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(200, Page(130, "", Named("a", 110), Named("c", 120), Named("d", 42)));
        await pods.Time.WaitForTimerAsync(Second);
        await watch.SendAsync(Wire.Modified(Wire.Pod("a", 110)) + Wire.Added(Wire.Pod("c", 120)) + Wire.Deleted(Wire.Pod("b", 130)));
        await pods.UntilAsync(() => pods.Store.Version == 130);
        pods.Time.Advance(Second);
        (await comparing.Within()).Outcome.ShouldBe(ComparisonOutcome.Same);
        pods.Server.Count(RequestKind.List).ShouldBe(2, "nothing had to be read by itself");
    }

    [Fact]
    public async Task AWatchThatIsAheadOfThePagesDiffersInNothing()
    {
        var (pods, watch) = await FollowedPods.WatchingAsync(100, Wire.Pod("a", 40), Wire.Pod("b", 41));
        await using var _ = pods;
        var comparing = Compare(pods);
        var page = await pods.Server.NextAsync(RequestKind.List);
        await watch.SendAsync(Wire.Modified(Wire.Pod("a", 110)) + Wire.Added(Wire.Pod("c", 120)) + Wire.Deleted(Wire.Pod("b", 130)));
        await pods.UntilAsync(() => pods.Store.Version == 130);
        await page.AnswerAsync(200, Page(100, "", Named("a", 40), Named("b", 41)));
        // "b" is listed and no longer cached: it is read by itself, and is gone.
        await pods.Time.WaitForTimerAsync(Second);
        pods.Time.Advance(Second);
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(200, Wire.List(131));
        (await comparing.Within()).Outcome.ShouldBe(ComparisonOutcome.Same);
        pods.Metrics["registry.cache.differences"].ShouldBe(0);
    }

    [Fact]
    public async Task AnObjectThatChangesBetweenListAndReadIsLeftToTheWatch()
    {
        var (pods, _) = await FollowedPods.WatchingAsync(100);
        await using var __ = pods;
        var comparing = Compare(pods);
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(200, Page(100, "", Named("c", 90)));
        await pods.Time.WaitForTimerAsync(Second);
        pods.Time.Advance(Second);
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(200, Wire.List(130, Wire.Pod("c", 120)));
        (await comparing.Within()).Outcome.ShouldBe(ComparisonOutcome.Same);
    }

    [Fact]
    public async Task ADeletionThatTheWatchHasNotReachedDiffersInNothing()
    {
        var (pods, watch) = await FollowedPods.WatchingAsync(100, Wire.Pod("a", 40));
        await using var _ = pods;
        var comparing = Compare(pods);
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(200, Page(130, ""));
        await pods.Time.WaitForTimerAsync(Second);
        pods.Time.Advance(Second);
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(200, Wire.List(120));
        await pods.Time.WaitForTimerAsync(Second);
        await watch.SendAsync(Wire.Deleted(Wire.Pod("a", 120)));
        await pods.UntilAsync(() => pods.Store.Version == 120);
        pods.Time.Advance(Second);
        (await comparing.Within()).Outcome.ShouldBe(ComparisonOutcome.Same);
    }

    [Fact]
    public async Task AnObjectThatCannotBeReadIsReportedElsewhere()
    {
        var (pods, _) = await FollowedPods.WatchingAsync(100);
        await using var __ = pods;
        var comparing = Compare(pods);
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(200, Page(100, "", Named("c", 90)));
        await pods.Time.WaitForTimerAsync(Second);
        pods.Time.Advance(Second);
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(200, Wire.List(100, Wire.UndecodablePod("c", 90)));
        (await comparing.Within()).Outcome.ShouldBe(ComparisonOutcome.Same);
    }

    [Fact]
    public async Task AWatchThatStaysBehindTheListProvesNothing()
    {
        var (pods, _) = await FollowedPods.WatchingAsync(100);
        await using var __ = pods;
        var comparing = Compare(pods);
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(200, Page(130, "", Named("c", 120)));
        // Another API server was listed than the one that is watched.
        for (var look = 0; look < FollowedPods.Plain.WatchdogPatience.TotalSeconds && !comparing.IsCompleted; look++)
        {
            await pods.Time.WaitForTimerAsync(static due => due > TimeSpan.Zero && due <= Second);
            pods.Time.Advance(Second);
        }

        (await comparing.Within()).Outcome.ShouldBe(ComparisonOutcome.Behind);
        pods.Metrics["registry.cache.differences"].ShouldBe(0);
    }

    [Fact]
    public async Task AListFromAServerThatIsBehindOrRestoredProvesNothing()
    {
        var (pods, _) = await FollowedPods.WatchingAsync(100, Wire.Pod("a", 40), Wire.Pod("b", 90));
        await using var __ = pods;
        var comparing = Compare(pods);
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(200, Page(60, "", Named("a", 40)));
        (await comparing.Within()).Outcome.ShouldBe(ComparisonOutcome.Behind);
    }

    [Fact]
    public async Task AReadThatIsAnsweredByAServerThatIsBehindCountsNothing()
    {
        var (pods, _) = await FollowedPods.WatchingAsync(100, Wire.Pod("a", 40));
        await using var __ = pods;
        var comparing = Compare(pods);
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(200, Page(100, "", Named("a", 90)));
        await pods.Time.WaitForTimerAsync(Second);
        pods.Time.Advance(Second);
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(200, Wire.List(99, Wire.Pod("a", 90)));
        (await comparing.Within()).Outcome.ShouldBe(ComparisonOutcome.Same);
        pods.Metrics["registry.cache.differences"].ShouldBe(0);
    }

    [Fact]
    public async Task WhileEtcdIsFoundRestoredByAnotherKindNothingIsJudged()
    {
        var (pods, _) = await FollowedPods.WatchingAsync(100, Wire.Pod("a", 40));
        await using var __ = pods;
        new FollowedEpoch(pods.History).Take();
        (await Compare(pods).Within()).Outcome.ShouldBe(ComparisonOutcome.Skipped);
        pods.Server.Count(RequestKind.List).ShouldBe(1);
    }

    [Fact]
    public async Task PagesThatExpireMidwayAreBegunAgainInTheNextRound()
    {
        var (pods, _) = await FollowedPods.WatchingAsync(100, Wire.Pod("a", 40), Wire.Pod("b", 90));
        await using var __ = pods;
        var comparing = Compare(pods);
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(200, Page(100, "next", Named("a", 40)));
        await pods.Time.WaitForTimerAsync(Second);
        pods.Time.Advance(Second);
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(410, Wire.Status(410, "Expired"));
        (await comparing.Within()).ShouldBe(new ComparisonEnd(ComparisonOutcome.Expired));

        var again = Compare(pods);
        await pods.Time.WaitForTimerAsync(Second);
        pods.Time.Advance(Second);
        var first = await pods.Server.NextAsync(RequestKind.List);
        first.Query("continue").ShouldBeNull();
        await first.AnswerAsync(200, Page(100, "", Named("a", 40), Named("b", 90)));
        (await again.Within()).Outcome.ShouldBe(ComparisonOutcome.Same);
        pods.Metrics["registry.cache.differences"].ShouldBe(0);
    }

    [Theory]
    [InlineData(200, "<html><body>Welcome</body></html>")]
    [InlineData(200, "{}")]
    [InlineData(503, "<html>Bad gateway</html>")]
    [InlineData(500, "")]
    public async Task WhatIsNoAnswerOfTheApiServerIsNotJudged(int status, string body)
    {
        var (pods, _) = await FollowedPods.WatchingAsync(100, Wire.Pod("a", 40));
        await using var __ = pods;
        var comparing = Compare(pods);
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(status, body);
        (await comparing.Within()).Outcome.ShouldBe(ComparisonOutcome.Failed);
        pods.Informer.IsLost.ShouldBeFalse("a comparison that failed says nothing about the watch");
        pods.Metrics["registry.cache.differences"].ShouldBe(0);
    }

    [Fact]
    public async Task AnEmptyListOfAServerThatIsNotOneIsNotBelieved()
    {
        var (pods, _) = await FollowedPods.WatchingAsync(100, Wire.Pod("a", 40));
        await using var __ = pods;
        var comparing = Compare(pods);
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(200, Wire.List(100));
        await pods.Time.WaitForTimerAsync(Second);
        pods.Time.Advance(Second);
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(200, Wire.List(100, Wire.Pod("a", 40)));
        (await comparing.Within()).Outcome.ShouldBe(ComparisonOutcome.Same);
    }

    [Fact]
    public void KeysAreInTheOrderOfEtcd()
    {
        ObjectKey[] ordered = [new("a-b", "x"), new("a.b", "x"), new("a", "b"), new("a", "b-c"), new("a", "b.c"), new("a", "bc"), new("a0", "a"), new("b", "a")];
        ObjectKey[] shuffled = [.. ordered.Reverse()];
        Array.Sort(shuffled, KeyOrder.Instance);
        shuffled.ShouldBe(ordered);
        ordered.Select(static key => key.ToString()).Order(StringComparer.Ordinal).ShouldBe(ordered.Select(static key => key.ToString()));
    }

    private static Task<ComparisonEnd> Compare(FollowedPods pods) => pods.Watchdog.Comparisons[0].RunAsync(TestContext.Current.CancellationToken);

    private static string Named(string name, ulong version) =>
        $$$"""{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"name":"{{{name}}}","namespace":"shop","uid":"uid-{{{name}}}","resourceVersion":"{{{version}}}"}}""";

    private static string Page(ulong version, string next, params string[] items) =>
        Wire.Page(version, next, items).Replace("PodList", "PartialObjectMetadataList", StringComparison.Ordinal);
}
