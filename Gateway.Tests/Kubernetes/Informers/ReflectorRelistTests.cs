namespace Gateway.Tests.Kubernetes.Informers;

public sealed class ReflectorRelistTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AVersionThatIsGoneIsListedFromAndTheDifferenceAnnounced(bool asEvent)
    {
        var (pods, watch) = await FollowedPods.WatchingAsync(100, Wire.Pod("a", 90), Wire.Pod("b", 91), Wire.Pod("c", 92));
        await using var _ = pods;
        pods.Store.Drain();
        var former = pods.Find("a");
        if (asEvent)
        {
            await watch.SendAsync(Wire.Error(410, "Expired"));
        }
        else
        {
            await watch.SendAsync(Wire.Bookmark(100));
            watch.End();
            await (await pods.Server.NextAsync(RequestKind.Watch)).AnswerAsync(410, Wire.Status(410, "Expired"));
        }

        var list = await pods.Server.NextAsync();
        list.Kind.ShouldBe(RequestKind.List);
        list.Query("resourceVersion").ShouldBe("100");
        var partial = false;
        pods.OnChange = () => partial |= pods.Store.Count != 3;
        await list.AnswerAsync(200, Wire.List(200, Wire.Pod("a", 90), Wire.Pod("b", 150), Wire.Pod("d", 160)));
        (await pods.Server.NextAsync(RequestKind.Watch)).Query("resourceVersion").ShouldBe("200");

        partial.ShouldBeFalse();
        var batch = pods.Store.Drain();
        batch.Version.ShouldBe(200UL);
        batch.History.ShouldBe(0U);
        batch.Changes.Keys.Select(static key => key.Name).ShouldBe(["b", "c", "d"], ignoreOrder: true);
        batch.Changes[new("shop", "c")].ShouldBeNull();
        pods.Find("a").ShouldBeSameAs(former);
        pods.Informer.IsLost.ShouldBeFalse();
        pods.Metrics["registry.informer.relists reason=gone"].ShouldBe(1);
    }

    [Fact]
    public async Task RefusedAsAListTooOnlyTheNewestRemainsInPages()
    {
        var (pods, watch) = await FollowedPods.WatchingAsync(100, Wire.Pod("a", 90));
        await using var _ = pods;
        await watch.SendAsync(Wire.Error(410, "Expired"));
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(410, Wire.Status(410, "Expired"));

        var first = await pods.Server.NextAsync();
        first.Query("resourceVersion").ShouldBeNull();
        first.Query("limit").ShouldBe("500");
        await first.AnswerAsync(200, Wire.Page(200, "next page", Wire.Pod("b", 150)));
        var second = await pods.Server.NextAsync();
        second.Query("continue").ShouldBe("next page");
        pods.Find("b").ShouldBeNull();
        await second.AnswerAsync(200, Wire.Page(200, "", Wire.Pod("c", 151)));

        (await pods.Server.NextAsync(RequestKind.Watch)).Query("resourceVersion").ShouldBe("200");
        pods.Store.Count.ShouldBe(2);
        pods.Store.History.ShouldBe(0U);
    }

    [Fact]
    public async Task PagesThatExpireAreReplacedByOneWholeList()
    {
        var (pods, watch) = await FollowedPods.WatchingAsync(100);
        await using var _ = pods;
        await watch.SendAsync(Wire.Error(410, "Expired"));
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(410, Wire.Status(410, "Expired"));
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(200, Wire.Page(200, "next", Wire.Pod("b", 150)));
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(410, Wire.Status(410, "Expired"));

        var whole = await pods.Server.NextAsync(RequestKind.List);
        whole.Query("limit").ShouldBeNull();
        whole.Query("continue").ShouldBeNull();
        whole.Query("resourceVersion").ShouldBeNull();
        await whole.AnswerAsync(200, Wire.List(300, Wire.Pod("z", 299)));
        (await pods.Server.NextAsync(RequestKind.Watch)).Query("resourceVersion").ShouldBe("300");
        pods.Store.All.ShouldHaveSingleItem().Metadata.Name.ShouldBe("z");
    }

    [Fact]
    public async Task AVersionTooLargeIsListedAnewAtOnceAndALowerOneIsAnotherHistory()
    {
        var (pods, watch) = await FollowedPods.WatchingAsync(100, Wire.Pod("a", 40), Wire.Pod("b", 91));
        await using var _ = pods;
        pods.Store.Drain();
        await watch.SendAsync(Wire.Error(410, "Expired"));
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(504, Wire.TooLarge(), ("Retry-After", "1"));

        var newest = await pods.Server.NextAsync();
        newest.Query("resourceVersion").ShouldBeNull();
        await newest.AnswerAsync(200, Wire.List(50, Wire.Pod("a", 40)));
        (await pods.Server.NextAsync(RequestKind.Watch)).Query("resourceVersion").ShouldBe("50");

        var batch = pods.Store.Drain();
        batch.Version.ShouldBe(50UL);
        batch.History.ShouldBe(1U);
        // Equal versions of different histories say nothing: all of it counts as changed.
        batch.Changes.Keys.Select(static key => key.Name).ShouldBe(["a", "b"], ignoreOrder: true);
        pods.Metrics["registry.informer.histories.replaced"].ShouldBe(1);
    }

    [Fact]
    public async Task AServerThatWasOnlyBehindIsNoOtherHistory()
    {
        var (pods, watch) = await FollowedPods.WatchingAsync(100, Wire.Pod("a", 40));
        await using var _ = pods;
        await watch.SendAsync(Wire.Error(410, "Expired"));
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(504, Wire.TooLarge());
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(200, Wire.List(120, Wire.Pod("a", 40)));
        await pods.Server.NextAsync(RequestKind.Watch);
        pods.Store.History.ShouldBe(0U);
        pods.Store.Version.ShouldBe(120UL);
    }

    [Fact]
    public async Task AThrottledListIsAskedAgainAsItWas()
    {
        await using var pods = await FollowedPods.StartAsync();
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(429, Wire.Status(429, "TooManyRequests"), ("Retry-After", "3"));
        await pods.Time.WaitForTimerAsync(TimeSpan.FromSeconds(3));
        pods.Time.Advance(TimeSpan.FromSeconds(3));
        (await pods.Server.NextAsync(RequestKind.List)).Query("resourceVersion").ShouldBe("0");
    }

    [Fact]
    public async Task AFirstListThatFailsIsTriedAgainAfterADoubledTime()
    {
        await using var pods = await FollowedPods.StartAsync();
        foreach (var wait in (double[])[0.8, 1.6, 3.2, 6.4, 12.8, 15, 15])
        {
            await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(500, Wire.Status(500, "InternalError"));
            await pods.Time.WaitForTimerAsync(TimeSpan.FromSeconds(wait));
            pods.Informer.IsLost.ShouldBeTrue();
            pods.Store.HasSynced.ShouldBeFalse();
            pods.Time.Advance(TimeSpan.FromSeconds(wait));
        }

        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(200, Wire.List(100));
        await (await pods.Server.NextAsync(RequestKind.Watch)).OpenAsync();
        await pods.UntilAsync(() => pods.Store.HasSynced && !pods.Informer.IsLost);
    }

    [Fact]
    public async Task AListCutOffInTheMiddleChangesNothing()
    {
        var (pods, watch) = await FollowedPods.WatchingAsync(100, Wire.Pod("a", 40));
        await using var _ = pods;
        await watch.SendAsync(Wire.Error(410, "Expired"));
        var list = await pods.Server.NextAsync(RequestKind.List);
        await list.OpenAsync();
        await list.SendAsync(Wire.List(200, Wire.Pod("b", 150))[..^2]);
        list.Cut();

        await pods.UntilAsync(() => pods.Informer.IsLost);
        pods.Store.All.ShouldHaveSingleItem().Metadata.Name.ShouldBe("a");
        pods.Store.Version.ShouldBe(100UL);
    }

    [Theory]
    [InlineData("""{"type":"MODIFIED","object":{"kind":"Pod","metadata":{"name":"a","namespace":"shop","resourceVersion":"101"},"spec":7}}""")]
    [InlineData("""{"type":"ADDED","object":{"kind":"Secret","metadata":{"name":"a","namespace":"shop","resourceVersion":"101"}}}""")]
    [InlineData("""{"type":"RENAMED","object":{"kind":"Pod","metadata":{"name":"a","resourceVersion":"101"}}}""")]
    [InlineData("""{"type":"ADDED","object":{"kind":"Pod","metadata":{"name":"a"}}}""")]
    [InlineData("""{"type":"ADDED"}""")]
    [InlineData("""{"type" "ADDED"}""")]
    [InlineData("""{"ty\ud800pe":"ADDED"}""")]
    [InlineData("""{"type":"MODIFIED","object":{"kind":"Pod","metadata":{"name":"a","namespace":"shop","resourceVersion":"101"},"sta\ud800tus":{}}}""")]
    [InlineData("<html>")]
    public async Task AnUnreadableFrameIsCountedAndListedFor(string frame)
    {
        var (pods, watch) = await FollowedPods.WatchingAsync(100, Wire.Pod("a", 40));
        await using var _ = pods;
        await watch.SendAsync(frame + Wire.Modified(Wire.Pod("a", 102)));

        await pods.Time.WaitForTimerAsync(TimeSpan.FromSeconds(0.8));
        // Nothing after the unreadable frame was taken in: what it said is not known.
        pods.Store.Version.ShouldBe(100UL);
        pods.Metrics["registry.informer.unreadable.frames"].ShouldBe(1);
        pods.Time.Advance(TimeSpan.FromSeconds(0.8));
        var list = await pods.Server.NextAsync();
        list.Kind.ShouldBe(RequestKind.List);
        list.Query("resourceVersion").ShouldBe("100");
    }

    [Fact]
    public async Task AnObjectThatDoesNotDecodeIsKeptByItsMetadataAndReported()
    {
        var (pods, watch) = await FollowedPods.WatchingAsync(100, Wire.Pod("a", 40), Wire.UndecodablePod("odd", 41), """{"metadata":[]}""");
        await using var _ = pods;
        pods.Find("a")!.Unreadable.ShouldBeFalse();
        var odd = pods.Find("odd")!;
        odd.Unreadable.ShouldBeTrue();
        odd.Metadata.Uid.ShouldBe("uid-odd");
        pods.Store.Count.ShouldBe(2);
        pods.Metrics["registry.informer.unreadable.objects"].ShouldBe(2);

        await watch.SendAsync(Wire.Modified(Wire.Pod("odd", 101)));
        await pods.UntilAsync(() => pods.Find("odd") is { Unreadable: false });
    }

    [Fact]
    public async Task AnOptionalKindWithoutTheRightToItIsDoneWithout()
    {
        await using var pods = await FollowedPods.StartAsync(optional: true);
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(403, Wire.Status(403, "Forbidden"));
        await pods.UntilAsync(() => pods.Informer.IsRefused);
        pods.Informer.IsLost.ShouldBeFalse();

        await pods.Time.WaitForTimerAsync(TimeSpan.FromMinutes(5));
        pods.Time.Advance(TimeSpan.FromMinutes(5));
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(200, Wire.List(100));
        await pods.UntilAsync(() => !pods.Informer.IsRefused && pods.Informer.HasSynced);
    }

    [Fact]
    public async Task ARequiredKindWithoutTheRightToItIsLost()
    {
        await using var pods = await FollowedPods.StartAsync();
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(403, Wire.Status(403, "Forbidden"));
        await pods.UntilAsync(() => pods.Informer.IsLost);
        pods.Informer.IsRefused.ShouldBeFalse();
    }
}
