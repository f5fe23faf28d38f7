namespace Gateway.Tests.Emulator.Server;

public sealed class ListTests
{
    [Fact]
    public async Task PagesShowTheStateOfTheFirstPage()
    {
        await using var api = await EmulatedApi.StartAsync();
        foreach (var name in (string[])["a", "b", "c", "d"])
            api.Pod(name);
        var first = await api.GetAsync(EmulatedApi.Pods + "?limit=2");
        api.Pod("bb");
        api.Cluster.Objects.Remove(Gateway.Emulator.Storage.ResourceKinds.Pods, "shop", "c");
        var second = await api.GetAsync($"{EmulatedApi.Pods}?limit=2&continue={(string?)first.Body["metadata"]!["continue"]}");

        first.Names.ShouldBe(["a", "b"]);
        ((int?)first.Body["metadata"]!["remainingItemCount"]).ShouldBe(2);
        second.Names.ShouldBe(["c", "d"]);
        second.Version.ShouldBe(first.Version);
        second.Body["metadata"]!["continue"].ShouldBeNull();
    }

    [Fact]
    public async Task PagesOverAllNamespacesFollowTheKeysOfEtcd()
    {
        await using var api = await EmulatedApi.StartAsync();
        api.Create(Gateway.Emulator.Storage.ResourceKinds.Namespaces, """{"metadata":{"name":"shop-2"}}""");
        api.Pod("x");
        api.Pod("y", ns: "shop-2");
        var first = await api.GetAsync("/api/v1/pods?limit=1");
        var second = await api.GetAsync($"/api/v1/pods?limit=1&continue={(string?)first.Body["metadata"]!["continue"]}");

        // "shop-2/y" sorts before "shop/x", because the hyphen sorts before the slash.
        first.Names.ShouldBe(["y"]);
        second.Names.ShouldBe(["x"]);
    }

    [Fact]
    public async Task PageOfACompactedVersionIsGoneButOffersAWayOn()
    {
        await using var api = await EmulatedApi.StartAsync();
        api.Pod("a");
        api.Pod("b");
        var first = await api.GetAsync(EmulatedApi.Pods + "?limit=1");
        api.Pod("c");
        api.Cluster.Faults.ForgetHistory();
        var gone = await api.GetAsync($"{EmulatedApi.Pods}?limit=1&continue={(string?)first.Body["metadata"]!["continue"]}");
        gone.Status.ShouldBe(410);
        gone.Reason.ShouldBe("Expired");
        var on = await api.GetAsync($"{EmulatedApi.Pods}?continue={(string?)gone.Body["metadata"]!["continue"]}");
        on.Names.ShouldBe(["b", "c"]);
    }

    [Fact]
    public async Task ExactVersionShowsThePast()
    {
        await using var api = await EmulatedApi.StartAsync();
        var old = api.Pod("a").Version;
        api.Pod("b");
        var answer = await api.GetAsync($"{EmulatedApi.Pods}?resourceVersion={old}&resourceVersionMatch=Exact");
        answer.Names.ShouldBe(["a"]);
        answer.Version.ShouldBe($"{old}");
    }

    [Fact]
    public async Task VersionZeroIgnoresTheLimitAndAnswersFromTheKindsOwnCache()
    {
        await using var api = await EmulatedApi.StartAsync();
        api.Pod("a");
        var newest = api.Pod("b").Version;
        api.Create(Gateway.Emulator.Storage.ResourceKinds.Nodes, """{"metadata":{"name":"node-1"}}""");
        var answer = await api.GetAsync(EmulatedApi.Pods + "?resourceVersion=0&limit=1");
        answer.Names.ShouldBe(["a", "b"]);
        answer.Version.ShouldBe($"{newest}");
        (await api.GetAsync(EmulatedApi.Pods)).Version.ShouldBe($"{newest + 1}");
    }

    [Fact]
    public async Task NotOlderThanIsAnsweredFromThatVersionOn()
    {
        await using var api = await EmulatedApi.StartAsync();
        var version = api.Pod("a").Version;
        var answer = await api.GetAsync($"{EmulatedApi.Pods}?resourceVersion={version}&resourceVersionMatch=NotOlderThan");
        answer.Names.ShouldBe(["a"]);
        long.Parse(answer.Version!).ShouldBeGreaterThanOrEqualTo(version);
    }

    [Theory]
    [InlineData("resourceVersionMatch=Exact")]
    [InlineData("resourceVersion=0&resourceVersionMatch=Exact")]
    [InlineData("resourceVersion=5&resourceVersionMatch=Newest")]
    public async Task SenselessOptionsAreInvalid(string query)
    {
        await using var api = await EmulatedApi.StartAsync();
        var answer = await api.GetAsync($"{EmulatedApi.Pods}?{query}");
        answer.Status.ShouldBe(422);
        ((string?)answer.Body["details"]!["kind"]).ShouldBe("ListOptions");
    }

    [Fact]
    public async Task MetadataAloneIsListed()
    {
        await using var api = await EmulatedApi.StartAsync();
        api.Pod("a");
        const string Accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
        var answer = await api.SendAsync("GET", EmulatedApi.Pods, accept: Accept);
        ((string?)answer.Body["kind"]).ShouldBe("PartialObjectMetadataList");
        var item = answer.Body["items"]![0]!;
        ((string?)item["kind"]).ShouldBe("PartialObjectMetadata");
        ((string?)item["metadata"]!["labels"]!["app"]).ShouldBe("orders");
        item["spec"].ShouldBeNull();
    }
}
