using Gateway.Core.Kubernetes.Informers;

namespace Gateway.Tests.Kubernetes.Informers;

public sealed class ReflectorStreamingListTests
{
    private static readonly ReflectorOptions Streaming = FollowedPods.Plain with { StreamingLists = true };

    [Fact]
    public async Task AStreamingListEntersTheStoreWholeAndGoesOnAsTheWatch()
    {
        await using var pods = await FollowedPods.StartAsync(Streaming);
        var watch = await pods.Server.NextAsync();
        watch.Query("watch").ShouldBe("1");
        watch.Query("sendInitialEvents").ShouldBe("true");
        watch.Query("resourceVersionMatch").ShouldBe("NotOlderThan");
        watch.Query("resourceVersion").ShouldBeNull();
        await watch.OpenAsync();
        await watch.SendAsync(Wire.Added(Wire.Pod("a", 40)) + Wire.Added(Wire.UndecodablePod("odd", 41)) + Wire.Bookmark(90));
        var early = false;
        pods.OnChange = () => early |= pods.Store.Count != 2;
        await watch.SendAsync(Wire.Bookmark(100, endsInitialEvents: true));
        await pods.UntilAsync(() => pods.Store.HasSynced);

        early.ShouldBeFalse();
        pods.OnChange = null;
        pods.Store.Version.ShouldBe(100UL);
        pods.Find("odd")!.Unreadable.ShouldBeTrue();
        await watch.SendAsync(Wire.Added(Wire.Pod("b", 101)));
        await pods.UntilAsync(() => pods.Find("b") is not null);
        pods.Server.Count(RequestKind.List).ShouldBe(0);
        pods.Metrics["registry.informer.relists reason=first"].ShouldBe(1);
    }

    [Fact]
    public async Task WhereItIsRefusedOrdinaryListsFollowFromThenOn()
    {
        await using var pods = await FollowedPods.StartAsync(Streaming);
        await (await pods.Server.NextAsync(RequestKind.Watch)).AnswerAsync(422, Wire.Status(422, "Invalid", "FieldValueForbidden"));
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(200, Wire.List(100));
        var watch = await pods.OpenWatchAsync();
        watch.Query("sendInitialEvents").ShouldBeNull();
        await watch.SendAsync(Wire.Error(410, "Expired"));
        (await pods.Server.NextAsync()).Kind.ShouldBe(RequestKind.List);
        pods.Informer.IsLost.ShouldBeFalse();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WhereTheStoreCannotTellProgressOrdinaryListsFollowAtOnce(bool asEvent)
    {
        // As an API server on an etcd before 3.4.25 answers.
        await using var pods = await FollowedPods.StartAsync(Streaming);
        var watch = await pods.Server.NextAsync(RequestKind.Watch);
        if (asEvent)
        {
            await watch.OpenAsync();
            await watch.SendAsync(Wire.Error(500, "InternalError"));
        }
        else
        {
            await watch.AnswerAsync(500, Wire.Status(500, "InternalError"));
        }

        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(200, Wire.List(100));
        (await pods.OpenWatchAsync()).Query("sendInitialEvents").ShouldBeNull();
    }

    [Fact]
    public async Task WhereItStaysSilentAnOrdinaryListTakesItsPlace()
    {
        await using var pods = await FollowedPods.StartAsync(Streaming);
        var watch = await pods.Server.NextAsync(RequestKind.Watch);
        await watch.OpenAsync();
        await pods.Time.WaitForTimerAsync(TimeSpan.FromSeconds(60));
        pods.Time.Advance(TimeSpan.FromSeconds(60));
        await watch.WaitUntilDroppedAsync();
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(200, Wire.List(100));
        await pods.UntilAsync(() => pods.Store.HasSynced);
    }

    [Fact]
    public async Task ACutStreamingListBeginsAnew()
    {
        await using var pods = await FollowedPods.StartAsync(Streaming);
        var watch = await pods.Server.NextAsync(RequestKind.Watch);
        await watch.OpenAsync();
        await watch.SendAsync(Wire.Added(Wire.Pod("a", 40)));
        watch.Cut();
        // Whether anything had been read before the cut decides between at once and a back-off; either way it begins anew.
        var next = pods.Server.NextAsync(RequestKind.Watch);
        if (await Task.WhenAny(next, pods.Time.WaitForTimerAsync(TimeSpan.FromSeconds(0.8))) != next)
            pods.Time.Advance(TimeSpan.FromSeconds(0.8));
        (await next).Query("sendInitialEvents").ShouldBe("true");
        pods.Store.HasSynced.ShouldBeFalse();
    }

    [Fact]
    public async Task AStreamedRelistFromALostHistoryBecomesAListFromEtcd()
    {
        await using var pods = await FollowedPods.StartAsync(Streaming);
        var watch = await pods.Server.NextAsync(RequestKind.Watch);
        await watch.OpenAsync();
        await watch.SendAsync(Wire.Added(Wire.Pod("a", 40)) + Wire.Bookmark(100, endsInitialEvents: true) + Wire.Error(410, "Expired"));

        var relist = await pods.Server.NextAsync();
        relist.Query("sendInitialEvents").ShouldBe("true");
        relist.Query("resourceVersion").ShouldBe("100");
        await relist.AnswerAsync(504, Wire.TooLarge());
        // The second list in a row that comes to nothing is backed off from.
        await pods.Time.WaitForTimerAsync(TimeSpan.FromSeconds(0.8));
        pods.Time.Advance(TimeSpan.FromSeconds(0.8));
        var list = await pods.Server.NextAsync(RequestKind.List);
        list.Query("resourceVersion").ShouldBeNull();
        await list.AnswerAsync(200, Wire.List(50));
        await pods.UntilAsync(() => pods.Store.History == 1);
    }
}
