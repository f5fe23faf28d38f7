using Gateway.Emulator.Storage;
using Gateway.Tests.Emulator.Playing;

namespace Gateway.Tests.Emulator.Server;

public sealed class WatchTests
{
    private const string Watch = EmulatedApi.Pods + "?watch=1";

    [Fact]
    public async Task WatchFromAVersionReplaysWhatCameAfterIt()
    {
        await using var api = await EmulatedApi.StartAsync();
        var version = api.Pod("a").Version;
        api.Pod("b");
        await api.PatchAsync(EmulatedApi.Pods + "/a", """{"metadata":{"labels":{"x":"1"}}}""");
        api.Cluster.Objects.Remove(ResourceKinds.Pods, "shop", "b");
        using var watch = await api.WatchAsync($"{Watch}&resourceVersion={version}");
        (await watch.NextAsync()).ShouldBe("ADDED b");
        (await watch.NextAsync()).ShouldBe("MODIFIED a");
        (await watch.NextAsync()).ShouldBe("DELETED b");
        api.Pod("c");
        (await watch.NextAsync()).ShouldBe("ADDED c");
    }

    [Theory]
    [InlineData("")]
    [InlineData("&resourceVersion=0")]
    public async Task WatchWithoutAVersionBeginsWithWhatIsThere(string version)
    {
        await using var api = await EmulatedApi.StartAsync();
        api.Pod("a");
        api.Pod("other", app: "carts");
        using var watch = await api.WatchAsync($"{Watch}{version}&labelSelector=app%3Dorders");
        (await watch.NextAsync()).ShouldBe("ADDED a");
        api.Pod("b");
        (await watch.NextAsync()).ShouldBe("ADDED b");
    }

    [Fact]
    public async Task WatchOfOneNamespaceAndOfAll()
    {
        await using var api = await EmulatedApi.StartAsync();
        api.Create(ResourceKinds.Namespaces, """{"metadata":{"name":"billing"}}""");
        var version = api.Cluster.Storage.Version;
        using var shop = await api.WatchAsync($"{Watch}&resourceVersion={version}");
        using var all = await api.WatchAsync($"/api/v1/pods?watch=true&resourceVersion={version}");
        api.Pod("paid", ns: "billing");
        api.Pod("a");
        (await all.NextAsync()).ShouldBe("ADDED paid");
        (await all.NextAsync()).ShouldBe("ADDED a");
        (await shop.NextAsync()).ShouldBe("ADDED a");
    }

    [Fact]
    public async Task WatchFromALostVersionEndsInOneErrorEvent()
    {
        await using var api = await EmulatedApi.StartAsync();
        var version = api.Pod("a").Version;
        api.Pod("b");
        api.Cluster.Faults.ForgetHistory();
        using var watch = await api.WatchAsync($"{Watch}&resourceVersion={version}");
        var error = await watch.NextObjectAsync();
        ((string?)error["type"]).ShouldBe("ERROR");
        ((int?)error["object"]!["code"]).ShouldBe(410);
        (await watch.LineAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task HistoryIsBoundedAndARunningWatchLosesNothingWhenItIsForgotten()
    {
        await using var api = await EmulatedApi.StartAsync(static options => options with { HistoryLength = 3 });
        var version = api.Cluster.Storage.Version;
        using var running = await api.WatchAsync($"{Watch}&resourceVersion={version}");
        foreach (var name in (string[])["a", "b", "c", "d"])
        {
            api.Pod(name);
            (await running.NextAsync()).ShouldBe("ADDED " + name);
        }
        using var late = await api.WatchAsync($"{Watch}&resourceVersion={version}");
        ((string?)(await late.NextObjectAsync())["type"]).ShouldBe("ERROR");
        api.Cluster.Faults.ForgetHistory();
        api.Pod("e");
        (await running.NextAsync()).ShouldBe("ADDED e");
    }

    [Fact]
    public async Task WatchFromTheFutureIsSilentUntilItsVersionHasPassed()
    {
        await using var api = await EmulatedApi.StartAsync();
        var version = api.Cluster.Storage.Version;
        using var watch = await api.WatchAsync($"{Watch}&resourceVersion={version + 2}");
        api.Pod("a");
        api.Pod("b");
        api.Pod("c");
        (await watch.NextAsync()).ShouldBe("ADDED c");
    }

    [Fact]
    public async Task BookmarksComeWithTheIntervalAndBeforeTheEnd()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UnixEpoch);
        await using var api = await EmulatedApi.StartAsync(time: time);
        var version = api.Cluster.Storage.Version;
        using var watch = await api.WatchAsync($"{Watch}&resourceVersion={version}&allowWatchBookmarks=true&timeoutSeconds=90");
        var pod = api.Pod("a");
        (await watch.NextAsync()).ShouldBe("ADDED a");
        time.Advance(TimeSpan.FromSeconds(60));
        var bookmark = await watch.NextObjectAsync();
        ((string?)bookmark["type"]).ShouldBe("BOOKMARK");
        ((string?)bookmark["object"]!["metadata"]!["resourceVersion"]).ShouldBe($"{pod.Version}");
        time.Advance(TimeSpan.FromSeconds(28));
        (await watch.NextAsync()).ShouldBe("BOOKMARK");
        time.Advance(TimeSpan.FromSeconds(2));
        (await watch.LineAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task IdleKindGetsNoBookmark()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UnixEpoch);
        await using var api = await EmulatedApi.StartAsync(time: time);
        var version = (await api.GetAsync("/api/v1/services")).Version;
        using var watch = await api.WatchAsync($"/api/v1/services?watch=1&resourceVersion={version}&allowWatchBookmarks=true&timeoutSeconds=61");
        api.Pod("a");
        time.Advance(TimeSpan.FromSeconds(60));
        time.Advance(TimeSpan.FromSeconds(1));
        (await watch.LineAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task StreamingListEndsItsFirstPartWithAnAnnotatedBookmark()
    {
        await using var api = await EmulatedApi.StartAsync(static options => options with { WatchList = true });
        api.Pod("a");
        const string Query = "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&resourceVersion=";
        using var watch = await api.WatchAsync(Watch + Query);
        (await watch.NextAsync()).ShouldBe("ADDED a");
        var bookmark = await watch.NextObjectAsync();
        ((string?)bookmark["object"]!["metadata"]!["annotations"]!["k8s.io/initial-events-end"]).ShouldBe("true");
        api.Pod("b");
        (await watch.NextAsync()).ShouldBe("ADDED b");
    }

    [Fact]
    public async Task WatchShowsMetadataOrTablesWhenAsked()
    {
        await using var api = await EmulatedApi.StartAsync();
        api.Pod("a");
        using var partial = await api.WatchAsync(Watch, "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1");
        var metadata = (await partial.NextObjectAsync())["object"]!;
        ((string?)metadata["kind"]).ShouldBe("PartialObjectMetadata");
        metadata["spec"].ShouldBeNull();
        using var table = await api.WatchAsync(Watch, "application/json;as=Table;g=meta.k8s.io;v=v1");
        ((string?)(await table.NextObjectAsync())["object"]!["rows"]![0]!["cells"]![0]).ShouldBe("a");
    }
}
