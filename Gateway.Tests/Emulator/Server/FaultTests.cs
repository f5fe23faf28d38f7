using Gateway.Emulator.Storage;

namespace Gateway.Tests.Emulator.Server;

public sealed class FaultTests
{
    private const string Watch = EmulatedApi.Pods + "?watch=1";

    [Fact]
    public async Task WatchesAreCutForOneClientOnly()
    {
        await using var api = await EmulatedApi.StartAsync();
        using var one = await api.WatchAsync(Watch);
        using var other = await api.WatchAsync(Watch + "&timeoutSeconds=1000");
        api.Cluster.Faults.CutWatches(static request => !request.Query.Contains("timeoutSeconds")).ShouldBe(1);
        await Should.ThrowAsync<IOException>(one.LineAsync);
        api.Pod("a");
        (await other.NextAsync()).ShouldBe("ADDED a");
    }

    [Fact]
    public async Task MoreThanTheLimitInFlightAreTurnedAway()
    {
        await using var api = await EmulatedApi.StartAsync();
        api.Cluster.Faults.LimitInFlight(2);
        api.Cluster.Faults.HoldRequests();
        var held = new[] { api.SendAsync("GET", EmulatedApi.Pods), api.SendAsync("GET", EmulatedApi.Pods) };
        await api.Cluster.Requests.WaitUntilAsync(static _ => true, 2, TestContext.Current.CancellationToken);
        while (api.Cluster.Faults.HeldRequests < 2)
            await Task.Yield();
        (await api.SendAsync("GET", EmulatedApi.Pods)).Status.ShouldBe(429);
        api.Cluster.Faults.ReleaseRequests();
        foreach (var one in held)
            (await one).Status.ShouldBe(200);
        (await api.SendAsync("GET", EmulatedApi.Pods)).Status.ShouldBe(200);
        (api.Cluster.Faults.MostInFlight, api.Cluster.Faults.Throttled).ShouldBe((2, 1));
    }

    [Fact]
    public async Task StalledWatchStaysOpenAndDeliversWhenResumed()
    {
        await using var api = await EmulatedApi.StartAsync();
        api.Cluster.Faults.StallWatches(static request => request.Query.Contains("stalled"));
        using var stalled = await api.WatchAsync(Watch + "&stalled=1");
        using var other = await api.WatchAsync(Watch);
        api.Pod("a");
        (await other.NextAsync()).ShouldBe("ADDED a");
        var next = stalled.NextAsync();
        next.IsCompleted.ShouldBeFalse();
        api.Cluster.Faults.ResumeWatches();
        (await next).ShouldBe("ADDED a");
    }

    [Fact]
    public async Task DroppedEventIsNeverSeen()
    {
        await using var api = await EmulatedApi.StartAsync();
        using var watch = await api.WatchAsync(Watch);
        api.Cluster.Faults.DropEvents(1);
        api.Pod("a");
        api.Pod("b");
        (await watch.NextAsync()).ShouldBe("ADDED b");
    }

    [Fact]
    public async Task GarbledEventIsNoJson()
    {
        await using var api = await EmulatedApi.StartAsync();
        using var watch = await api.WatchAsync(Watch);
        api.Cluster.Faults.GarbleNextEvent();
        api.Pod("a");
        await Should.ThrowAsync<System.Text.Json.JsonException>(watch.NextObjectAsync);
        api.Pod("b");
        (await watch.NextAsync()).ShouldBe("ADDED b");
    }

    [Fact]
    public async Task SplitBytesArriveAsTheSameEvents()
    {
        await using var api = await EmulatedApi.StartAsync();
        api.Cluster.Faults.SplitBytes(7);
        using var watch = await api.WatchAsync(Watch);
        api.Pod("a");
        (await watch.NextAsync()).ShouldBe("ADDED a");
    }

    [Theory]
    [InlineData(429, "TooManyRequests")]
    [InlineData(500, "InternalError")]
    [InlineData(504, "Timeout")]
    [InlineData(403, "Forbidden")]
    [InlineData(409, "Conflict")]
    public async Task NextAnswersAreAsPrepared(int status, string reason)
    {
        await using var api = await EmulatedApi.StartAsync();
        api.Pod("a");
        api.Cluster.Faults.AnswerNext(2, status, retryAfter: 3, filter: static request => request.Method == "PATCH");
        const string Patch = """{"metadata":{"labels":{"x":"1"}}}""";
        (await api.GetAsync(EmulatedApi.Pods + "/a")).Status.ShouldBe(200);
        for (var call = 0; call < 2; call++)
        {
            var answer = await api.PatchAsync(EmulatedApi.Pods + "/a", Patch);
            answer.Status.ShouldBe(status);
            answer.Reason.ShouldBe(reason);
            answer.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(3));
        }
        (await api.PatchAsync(EmulatedApi.Pods + "/a", Patch)).Status.ShouldBe(200);
    }

    [Fact]
    public async Task HeldRequestIsAnsweredWhenReleased()
    {
        await using var api = await EmulatedApi.StartAsync();
        api.Cluster.Faults.HoldRequests(static request => request.IsWrite);
        var write = api.SendAsync("POST", EmulatedApi.Pods, """{"metadata":{"name":"a"},"spec":{"containers":[{"name":"a","image":"x"}]}}""");
        await api.Cluster.Requests.WaitUntilAsync(static request => request.Method == "POST", cancellationToken: EmulatedApi.Deadline);
        (await api.GetAsync(EmulatedApi.Pods)).Names.ShouldBeEmpty();
        api.Cluster.Faults.ReleaseRequests();
        (await write).Status.ShouldBe(201);
    }

    [Fact]
    public async Task RefusedConnectionsBreakOffUntilAccepted()
    {
        await using var api = await EmulatedApi.StartAsync();
        using var watch = await api.WatchAsync(Watch);
        api.Cluster.Faults.RefuseConnections();
        await Should.ThrowAsync<IOException>(watch.LineAsync);
        await Should.ThrowAsync<HttpRequestException>(() => api.GetAsync(EmulatedApi.Pods));
        api.Cluster.Faults.AcceptConnections();
        (await api.GetAsync(EmulatedApi.Pods)).Status.ShouldBe(200);
    }

    [Fact]
    public async Task LostResponseLeavesTheWriteApplied()
    {
        await using var api = await EmulatedApi.StartAsync();
        api.Pod("a");
        api.Cluster.Faults.LoseResponse();
        await Should.ThrowAsync<HttpRequestException>(() => api.PatchAsync(EmulatedApi.Pods + "/a", """{"metadata":{"labels":{"x":"1"}}}"""));
        api.Cluster.Storage.Get(ResourceKinds.Pods, "shop", "a")!.Labels["x"].ShouldBe("1");
        (await api.GetAsync(EmulatedApi.Pods + "/a")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task WebhookDeniesWithoutAReasonOrDoesNotAnswer()
    {
        await using var api = await EmulatedApi.StartAsync();
        api.Pod("a");
        const string Patch = """{"metadata":{"labels":{"x":"1"}}}""";
        api.Cluster.Faults.DenyByWebhook("not on a Friday", count: 1);
        var denied = await api.PatchAsync(EmulatedApi.Pods + "/a", Patch);
        denied.Status.ShouldBe(403);
        denied.Reason.ShouldBeNull();
        denied.Message.ShouldEndWith("denied the request: not on a Friday");
        api.Cluster.Faults.WebhookTimeout(count: 1);
        (await api.PatchAsync(EmulatedApi.Pods + "/a", Patch)).Status.ShouldBe(500);
        (await api.PatchAsync(EmulatedApi.Pods + "/a", Patch)).Status.ShouldBe(200);
    }

    [Fact]
    public async Task RequestsAreLoggedWithTheirAnswers()
    {
        await using var api = await EmulatedApi.StartAsync();
        await api.GetAsync(EmulatedApi.Pods + "/nope?x=1");
        var request = api.Cluster.Requests.Recent.ShouldHaveSingleItem();
        (request.Method, request.Path, request.Query, request.Status, request.UserAgent).ShouldBe(("GET", EmulatedApi.Pods + "/nope", "?x=1", 404, "tests/1.0"));
    }
}
