using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Api;

public sealed class LookupTests : IAsyncLifetime
{
    private const string Instances = "/v1/namespaces/shop/services/greeting/instances";

    private TestRegistry _registry = null!;

    private HttpClient Http => _registry.Http;

    public async ValueTask InitializeAsync()
    {
        _registry = await TestRegistry.StartAsync();
        _registry.Pod("greeter-1", "10.0.0.1");
        _registry.Pod("greeter-2", "10.0.0.2", "node-2");
        foreach (var (pod, tier, weight) in new[] { ("greeter-1", "gold", 0), ("greeter-2", "tin", 7) })
        {
            await Http.RegisterAsync(new { @namespace = "shop", pod, service = "greeting", port = 8080, weight, version = tier == "gold" ? "2" : "", metadata = new { tier }, container = "app" });
        }
        await Http.LookUpUntilAsync("shop", "greeting", static all => all.Count == 2);
    }

    public ValueTask DisposeAsync() => _registry.DisposeAsync();

    [Fact]
    public async Task AnAnswerHasEveryMemberInOrder()
    {
        var answer = (await Http.GetJsonAsync(Instances)).AsObject();
        answer.Select(static member => member.Key).ShouldBe(["namespace", "service", "known", "revision", "stale", "fallback", "instances"]);
        answer["instances"]![0]!.AsObject().Select(static member => member.Key).ShouldBe([
            "id", "namespace", "service", "group", "version", "address", "addresses", "port", "ports", "protocol", "status", "reason", "weight", "pod",
            "metadata", "source", "registeredAt", "revision", "hostname",
        ]);
    }

    [Theory]
    [InlineData("?selector=tier%3Dgold", "greeter-1")]
    [InlineData("?selector=tier%20notin%20(gold)", "greeter-2")]
    [InlineData("?zone=zone-b", "greeter-2")]
    [InlineData("?preferZone=zone-a", "greeter-1")]
    [InlineData("?preferZone=zone-x", "greeter-1 greeter-2")]
    [InlineData("?node=node-2", "greeter-2")]
    [InlineData("?preferNode=node-1", "greeter-1")]
    [InlineData("?preferNode=node-9&preferZone=zone-b", "greeter-2")]
    [InlineData("?preferNode=node-9", "greeter-1 greeter-2")]
    [InlineData("?terminating=fallback", "greeter-1 greeter-2")]
    [InlineData("?version=2", "greeter-1")]
    [InlineData("?version=", "greeter-2")]
    [InlineData("?protocol=grpc", "")]
    [InlineData("?source=gateway&status=UP&status=DOWN", "greeter-1 greeter-2")]
    [InlineData("?status=any&source=endpoints", "")]
    [InlineData("?status=TERMINATING", "")]
    public async Task FiltersSelect(string query, string pods) =>
        (await Http.LookUpAsync("shop", "greeting", query)).Select(static one => (string)one["pod"]!["name"]!).Order()
            .ShouldBe(pods.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    [Fact]
    public async Task AnUnknownServiceIsAnEmptyList()
    {
        var answer = await Http.GetJsonAsync("/v1/namespaces/shop/services/nobody/instances");
        answer["instances"]!.AsArray().ShouldBeEmpty();
        answer["fallback"].ShouldBeNull();
        ((string?)answer["revision"]).ShouldNotBeNullOrEmpty();
        ((bool?)answer["known"]).ShouldBe(false);
        ((bool?)(await Http.GetJsonAsync(Instances + "?version=none"))["known"]).ShouldBe(true, "of an empty answer it says which");
    }

    [Theory]
    [InlineData("nobody/instances", "nobody")]
    [InlineData("greeting/instances?version=none", "greeting")]
    [InlineData("greeting/pick?version=none", "greeting")]
    [InlineData("a:b$/instances", "a%3Ab%24")]
    [InlineData("greeting/instances", null)]
    public async Task AnEmptyAnswerLinksToItsExplanation(string path, string? service)
    {
        using var answer = await Http.CallAsync("GET", $"/v1/namespaces/shop/services/{path}");
        answer.Headers.TryGetValues("Link", out var links);
        links?.Single().ShouldBe($"</v1/explain?namespace=shop&service={service}>; rel=\"help\"");
        (links is not null).ShouldBe(service is not null);
    }

    [Fact]
    public async Task APickThatFindsNoneSaysWhatThereIs()
    {
        async Task<string> DetailAsync(string path) =>
            (string)(await Http.GetJsonAsync($"/v1/namespaces/shop/services/{path}", HttpStatusCode.ServiceUnavailable))["detail"]!;
        (await DetailAsync("nosuch/pick")).ShouldBe("There is no service shop/nosuch.");
        (await DetailAsync("greeting/pick?version=9")).ShouldBe("None of the 2 instances of shop/greeting fits (UP 2).");
        _registry.Pod("late-1", "10.0.0.9", isRunning: false);
        await _registry.RegisterAsync("late-1", "late");
        await Http.LookUpUntilAsync("shop", "late", static all => all.Count == 1);
        (await DetailAsync("late/pick")).ShouldBe("1 instance of shop/late, none UP (NoPodIP 1).");
    }

    [Fact]
    public async Task WhatIsKnownAlreadyIs304()
    {
        using var first = await Http.CallAsync("GET", Instances);
        var tag = first.Headers.ETag!.ToString();
        tag.ShouldStartWith("W/");
        foreach (var known in new[] { tag, $"\"other\", {tag}", "*" })
        {
            using var again = await Http.CallAsync("GET", Instances, headers: ("If-None-Match", known));
            again.StatusCode.ShouldBe(HttpStatusCode.NotModified);
            again.Headers.ETag!.ToString().ShouldBe(tag);
            again.Headers.Contains("X-Registry-Revision").ShouldBeTrue();
        }
        using var filtered = await Http.CallAsync("GET", Instances + "?zone=zone-a", headers: ("If-None-Match", tag));
        filtered.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task ALongPollIsAnsweredWhenTheServiceChanges()
    {
        var revision = (await Http.GetJsonAsync(Instances))["revision"];
        var waiting = Http.GetJsonAsync($"{Instances}?index={revision}&wait=5m");
        _registry.Pod("greeter-3", "10.0.0.3");
        await _registry.RegisterAsync("greeter-3", "greeting");
        (await waiting.Within())["instances"]!.AsArray().Count.ShouldBeGreaterThan(1);
    }

    [Fact]
    public async Task ALongPollEndsWithWhatIsCurrent()
    {
        var before = await Http.GetJsonAsync(Instances);
        var after = await Http.GetJsonAsync($"{Instances}?index={before["revision"]}&wait=50ms");
        JsonNode.DeepEquals(after, before).ShouldBeTrue();
    }

    [Theory]
    [InlineData("index=banana&wait=10m", "'index' must be the 'revision' of an earlier answer of this path, sent back as it is: an opaque text, not a number such as Consul's. Look up once without 'index' to get one.")]
    [InlineData("index=5", "'index' must be the 'revision' of an earlier answer of this path, sent back as it is: an opaque text, not a number such as Consul's. Look up once without 'index' to get one.")]
    [InlineData("index=", "'index' must be the 'revision' of an earlier answer of this path, sent back as it is: an opaque text, not a number such as Consul's. Look up once without 'index' to get one.")]
    [InlineData("wait=30s", "'wait' takes an 'index' to wait at: the 'revision' of an earlier answer of this path.")]
    public async Task ALongPollThatWouldSpinIsRefused(string query, string said)
    {
        var problem = await Http.GetJsonAsync($"{Instances}?{query}", HttpStatusCode.BadRequest);
        var fault = problem["errors"]!.AsArray().ShouldHaveSingleItem()!;
        ((string?)fault["parameter"], (string?)fault["detail"]).ShouldBe(("index", said));
    }

    [Fact]
    public async Task AWritesRevisionIsReachedByEveryReplica()
    {
        var second = await _registry.ReplicaAsync("second");
        _registry.Pod("greeter-3", "10.0.0.3");
        var revision = (await _registry.RegisterAsync("greeter-3", "greeting"))["revision"];
        foreach (var http in new[] { Http, second.Http })
            (await http.LookUpAsync("shop", "greeting", $"?status=any&minRevision={revision}")).Count.ShouldBe(3);
    }

    [Fact]
    public async Task EqualAnswersHaveEqualTagsOnEveryReplica()
    {
        var second = await _registry.ReplicaAsync("second");
        await second.Http.LookUpUntilAsync("shop", "greeting", static all => all.Count == 2);
        using var one = await Http.CallAsync("GET", Instances);
        using var other = await second.Http.CallAsync("GET", Instances);
        other.Headers.ETag.ShouldBe(one.Headers.ETag);
    }

    [Fact]
    public async Task OneInstanceIsFoundByItsId()
    {
        var instance = (await Http.LookUpAsync("shop", "greeting"))[0];
        JsonNode.DeepEquals(await Http.GetJsonAsync($"{Instances}/{instance["id"]}"), instance).ShouldBeTrue();
        JsonNode.DeepEquals(await Http.GetJsonAsync($"/v1/registrations/{instance["id"]}"), instance).ShouldBeTrue();
        await Http.GetJsonAsync($"{Instances}/{new string('0', 32)}", HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("policy=weighted", "greeter-2")]
    [InlineData("policy=random&zone=zone-a", "greeter-1")]
    [InlineData("policy=round-robin&selector=tier%3Dtin", "greeter-2")]
    public async Task PickChoosesOneThatFits(string query, string pod)
    {
        for (var i = 0; i < 5; i++)
            ((string?)(await Http.GetJsonAsync($"/v1/namespaces/shop/services/greeting/pick?{query}"))["pod"]!["name"]).ShouldBe(pod);
    }

    [Fact]
    public async Task ConsistentHashingIsEqualOnAllReplicas()
    {
        var second = await _registry.ReplicaAsync("second");
        await second.Http.LookUpUntilAsync("shop", "greeting", static all => all.Count == 2);
        for (var key = 0; key < 10; key++)
        {
            var path = $"/v1/namespaces/shop/services/greeting/pick?policy=consistent-hash&key={key}";
            ((string?)(await second.Http.GetJsonAsync(path))["id"]).ShouldBe((string?)(await Http.GetJsonAsync(path))["id"]);
        }
    }

    [Fact]
    public async Task ServicesAreListedPageByPage()
    {
        await _registry.RegisterAsync("greeter-1", "another");
        await Http.LookUpUntilAsync("shop", "another", static all => all.Count == 1);
        var first = await Http.GetJsonAsync("/v1/services?namespace=shop&limit=1");
        var second = await Http.GetJsonAsync($"/v1/services?namespace=shop&limit=1&continue={first["continue"]}");
        ((string?)first["items"]![0]!["name"]).ShouldBe("another");
        second["items"]![0]!.ToJsonString().ShouldBe(
            """{"namespace":"shop","name":"greeting","instances":{"UP":2},"groups":[""],"versions":["","2"],"protocols":["http"],"sources":["gateway"]}""");
        second["continue"].ShouldBeNull();
        (await Http.GetJsonAsync("/v1/services?prefix=gree&source=gateway"))["items"]!.AsArray().Count.ShouldBe(1);
        (await Http.GetJsonAsync("/v1/services?source=generic"))["items"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task AHeadHasTheHeadersOnly()
    {
        using var answer = await Http.CallAsync("HEAD", Instances);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Headers.ETag.ShouldNotBeNull();
        (await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).ShouldBeEmpty();
    }

    [Fact]
    public async Task AClientOfHttp10IsServed()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Http.BaseAddress!.Port, TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {Instances} HTTP/1.0\r\n\r\n"), TestContext.Current.CancellationToken);
        using var reader = new System.IO.StreamReader(stream);
        var text = await reader.ReadToEndAsync(TestContext.Current.CancellationToken).Within();
        text.ShouldStartWith("HTTP/1.1 200");
        text.ShouldNotContain("chunked");
        JsonNode.Parse(text[text.IndexOf('{')..])!["instances"]!.AsArray().Count.ShouldBe(2);
    }

    [Fact]
    public async Task TheServerDoesNotSayWhatItIs()
    {
        using var answer = await Http.CallAsync("GET", Instances);
        answer.Headers.Server.ShouldBeEmpty();
    }

    [Fact]
    public async Task LosingTheApiServerShowsInEveryAnswer()
    {
        _registry.Cluster.Faults.RefuseConnections();
        await _registry.Gateway.State.WaitAsync(static snapshot => snapshot.IsStale, Patience.Limit, TestContext.Current.CancellationToken);
        using var answer = await Http.CallAsync("GET", Instances);
        answer.Headers.GetValues("X-Registry-Stale").ShouldBe(["true"]);
        var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        ((bool?)body["stale"]).ShouldBe(true);
        body["instances"]!.AsArray().Count.ShouldBe(2);
    }
}
