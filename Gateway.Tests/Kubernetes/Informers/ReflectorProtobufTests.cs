using Gateway.Core.Kubernetes.Informers;

namespace Gateway.Tests.Kubernetes.Informers;

/// <summary>The same rules of listing and watching where the API server speaks protobuf.</summary>
public sealed class ReflectorProtobufTests
{
    private static readonly ReflectorOptions Streaming = FollowedPods.Plain with { StreamingLists = true };

    [Fact]
    public async Task AListAndItsWatchFillTheStore()
    {
        await using var pods = await FollowedPods.StartAsync();
        var list = await pods.Server.NextAsync(RequestKind.List);
        list.Header("Accept").ShouldBe("application/vnd.kubernetes.protobuf,application/json");
        await list.AnswerAsync(200, ProtobufWire.List(100, Item("a", 40), ProtobufWire.UndecodablePod("odd", 41), Item("b", 42)), ProtobufWire.Media);
        var watch = await pods.OpenWatchAsync(ProtobufWire.WatchMedia);
        watch.Header("Accept").ShouldBe("application/vnd.kubernetes.protobuf,application/json");
        pods.Store.Count.ShouldBe(3);
        pods.Find("odd")!.Unreadable.ShouldBeTrue();
        pods.Metrics["registry.informer.unreadable.objects"].ShouldBe(1);

        await watch.SendAsync([.. Frame(Wire.Deleted(Wire.Pod("b", 101))), .. Frame(Wire.Modified(Wire.Pod("a", 102, address: "fd00::9"))), .. Frame(Wire.Bookmark(110))]);
        await pods.UntilAsync(() => pods.Store.Version == 110);
        pods.Find("b").ShouldBeNull();
        pods.Find("a")!.PodIPs.ShouldBe(["fd00::9"]);
        pods.Find("a")!.Ready.ShouldBeTrue();
    }

    [Fact]
    public async Task AStreamingListEntersTheStoreWholeAndGoesOnAsTheWatch()
    {
        await using var pods = await FollowedPods.StartAsync(Streaming);
        var watch = await pods.Server.NextAsync(RequestKind.Watch);
        await watch.OpenAsync(mediaType: ProtobufWire.WatchMedia);
        await watch.SendAsync([.. Frame(Wire.Added(Wire.Pod("a", 40))), .. ProtobufWire.Frame("ADDED", ProtobufWire.Enveloped("Pod", ProtobufWire.UndecodablePod("odd", 41))), .. Frame(Wire.Bookmark(90))]);
        var early = false;
        pods.OnChange = () => early |= pods.Store.Count != 2;
        await watch.SendAsync(Frame(Wire.Bookmark(100, endsInitialEvents: true)));
        await pods.UntilAsync(() => pods.Store.HasSynced);

        early.ShouldBeFalse();
        pods.OnChange = null;
        pods.Store.Version.ShouldBe(100UL);
        pods.Find("odd")!.Unreadable.ShouldBeTrue();
        await watch.SendAsync(Frame(Wire.Added(Wire.Pod("b", 101))));
        await pods.UntilAsync(() => pods.Find("b") is not null);
        pods.Server.Count(RequestKind.List).ShouldBe(0);
    }

    [Fact]
    public async Task StreamingListsThatAreRefusedAreFollowedByPages()
    {
        await using var pods = await FollowedPods.StartAsync(Streaming);
        await (await pods.Server.NextAsync(RequestKind.Watch)).AnswerAsync(422, Status(Wire.Status(422, "Invalid", "FieldValueForbidden")), ProtobufWire.Media);
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(200, ProtobufWire.List(100), ProtobufWire.Media);
        var watch = await pods.OpenWatchAsync(ProtobufWire.WatchMedia);
        await watch.SendAsync(Frame(Wire.Error(410, "Expired")));

        // Refused once more: the newest state is listed in pages.
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(504, Status(Wire.TooLarge()), ProtobufWire.Media);
        var first = await pods.Server.NextAsync(RequestKind.List);
        first.Query("limit").ShouldNotBeNull();
        await first.AnswerAsync(200, ProtobufWire.Page("PodList", 120, "next", Item("a", 40)), ProtobufWire.Media);
        var second = await pods.Server.NextAsync(RequestKind.List);
        second.Query("continue").ShouldBe("next");
        await second.AnswerAsync(200, ProtobufWire.Page("PodList", 120, "", Item("b", 41)), ProtobufWire.Media);
        await pods.UntilAsync(() => pods.Store.Version == 120);
        pods.Store.Count.ShouldBe(2);
    }

    [Fact]
    public async Task AnErrorEventSaysHowLongToWait()
    {
        await using var pods = await FollowedPods.StartAsync();
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(200, ProtobufWire.List(100), ProtobufWire.Media);
        var watch = await pods.OpenWatchAsync(ProtobufWire.WatchMedia);
        await watch.SendAsync(Frame(Wire.Error(429, "TooManyRequests", 7)));
        await pods.Time.WaitForTimerAsync(TimeSpan.FromSeconds(7));
        pods.Time.Advance(TimeSpan.FromSeconds(7));
        (await pods.Server.NextAsync(RequestKind.Watch)).Query("resourceVersion").ShouldBe("100");
    }

    [Fact]
    public async Task AFrameThatCannotBeReadIsCountedAndFollowedByAList()
    {
        await using var pods = await FollowedPods.StartAsync();
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(200, ProtobufWire.List(100, Item("a", 40)), ProtobufWire.Media);
        var watch = await pods.OpenWatchAsync(ProtobufWire.WatchMedia);
        await watch.SendAsync([.. Frame(Wire.Added(Wire.Pod("b", 101))), .. ProtobufWire.Framed([0xff, 0xff, 0xff]), .. Frame(Wire.Added(Wire.Pod("c", 103)))]);
        await pods.Time.WaitForTimerAsync(TimeSpan.FromSeconds(0.8));
        pods.Metrics["registry.informer.unreadable.frames"].ShouldBe(1);
        pods.Store.Version.ShouldBe(101UL);
        pods.Find("c").ShouldBeNull();
        pods.Time.Advance(TimeSpan.FromSeconds(0.8));
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(200, ProtobufWire.List(103, Item("a", 40), Item("b", 101), Item("c", 103)), ProtobufWire.Media);
        await pods.UntilAsync(() => pods.Find("c") is not null);

        // Counted after it is stored.
        await pods.Server.NextAsync(RequestKind.Watch);
        pods.Metrics["registry.informer.relists reason=unreadable"].ShouldBe(1);
        pods.Metrics["registry.informer.relists encoding=protobuf"].ShouldBe(2);
    }

    [Fact]
    public async Task AProxyThatRefusesTheMediaTypeIsAskedForJsonFromThenOn()
    {
        await using var pods = await FollowedPods.StartAsync();
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(406, Wire.Status(406, "NotAcceptable"));
        var again = await pods.Server.NextAsync(RequestKind.List);
        again.Header("Accept").ShouldBe("application/json");
        await again.AnswerAsync(200, Wire.List(100, Wire.Pod("a", 40)));
        var watch = await pods.OpenWatchAsync();
        watch.Header("Accept").ShouldBe("application/json");
        await watch.SendAsync(Wire.Added(Wire.Pod("b", 101)));
        await pods.UntilAsync(() => pods.Find("b") is not null);
        pods.Informer.IsLost.ShouldBeFalse();
    }

    [Fact]
    public async Task AServerMayAnswerEachRequestInAnotherEncoding()
    {
        await using var pods = await FollowedPods.StartAsync();
        await (await pods.Server.NextAsync(RequestKind.List)).AnswerAsync(200, Wire.List(100, Wire.Pod("a", 40)));
        var watch = await pods.OpenWatchAsync(ProtobufWire.WatchMedia);
        await watch.SendAsync(Frame(Wire.Modified(Wire.Pod("a", 101))));
        await pods.UntilAsync(() => pods.Store.Version == 101);
        watch.End();
        watch = await pods.OpenWatchAsync();
        watch.Query("resourceVersion").ShouldBe("101");
        await watch.SendAsync(Wire.Modified(Wire.Pod("a", 102)));
        await pods.UntilAsync(() => pods.Store.Version == 102);
    }

    private static byte[] Item(string name, ulong version) => ProtobufWire.Message(Wire.Pod(name, version), "Pod");

    private static byte[] Frame(string jsonEvent) => ProtobufWire.Frame(jsonEvent);

    private static byte[] Status(string json) => ProtobufWire.Object(json);
}
