using System.Net;
using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;
using Gateway.Tests.EndToEnd;
using StreamReader = Gateway.Tests.EndToEnd.StreamReader;

namespace Gateway.Tests.Api;

public sealed class RegistrationTests : IAsyncLifetime
{
    private const string Of = "?namespace=shop&pod=greeter-1";

    private TestRegistry _registry = null!;

    private HttpClient Http => _registry.Http;

    public async ValueTask InitializeAsync()
    {
        _registry = await TestRegistry.StartAsync();
        _registry.Pod("greeter-1", "10.0.0.1");
    }

    public ValueTask DisposeAsync() => _registry.DisposeAsync();

    [Fact]
    public async Task ANewOneIs201WithItsLocationAndAnEqualOne200()
    {
        using var first = await Http.PostAsync(Calls.Greeting);
        first.StatusCode.ShouldBe(HttpStatusCode.Created);
        var body = await JsonAsync(first);
        first.Headers.Location!.OriginalString.ShouldBe($"/v1/registrations/{body["id"]}");
        body.AsObject().Select(static member => member.Key).ShouldBe([
            "id", "namespace", "service", "group", "version", "address", "addresses", "port", "ports", "protocol", "status", "reason", "weight", "pod",
            "metadata", "source", "registeredAt", "mirrors", "warnings", "revision", "hostname",
        ]);
        var version = _registry.Cluster.Storage.Version;
        using var again = await Http.PostAsync(Calls.Greeting);
        again.StatusCode.ShouldBe(HttpStatusCode.OK);
        _registry.Cluster.Storage.Version.ShouldBe(version, "nothing is written");
    }

    [Fact]
    public async Task TheListOfAPodSaysHowEachMirrorIsAsTheAnswerToTheWriteDid()
    {
        using var answer = await Http.PostAsync("""[{"namespace":"shop","pod":"greeter-1","service":"a","port":1,"mirrors":["generic"]},{"namespace":"shop","pod":"greeter-1","service":"b","port":2}]""");
        var written = (await JsonAsync(answer))["items"]!.AsArray();
        written[0]!["mirrors"]!.ToJsonString().ShouldBe("""{"generic":{"state":"written","reason":null}}""");
        await _registry.Gateway.State.WaitAsync(static snapshot => snapshot.RegistrationsOf("shop", "greeter-1")?.Records.Registrations.Length == 2, Patience.Limit);

        var listed = (await Http.GetJsonAsync("/v1/registrations?namespace=shop&pod=greeter-1"))["items"]!.AsArray();
        foreach (var one in written)
            listed.Single(item => (string)item!["id"]! == (string)one!["id"]!)!["mirrors"]!.ToJsonString().ShouldBe(one!["mirrors"]!.ToJsonString());
        (await Http.GetJsonAsync("/v1/registrations?namespace=shop"))["items"]!.ToJsonString().ShouldBe(listed.ToJsonString());
    }

    [Fact]
    public async Task AnArrayIsOneWriteAndIsAnsweredAsAList()
    {
        using var answer = await Http.PostAsync("""
            [{"namespace":"shop","pod":"greeter-1","service":"a","port":1},{"namespace":"shop","pod":"greeter-1","service":"b","port":2}]
            """);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        var body = await JsonAsync(answer);
        body["items"]!.AsArray().Select(static item => (string)item!["service"]!).ShouldBe(["a", "b"]);
        ((string?)body["revision"]).ShouldNotBeNullOrEmpty();
        _registry.Cluster.Requests.Count(static request => request.Method == "PATCH").ShouldBe(1);
    }

    [Fact]
    public async Task AFormIsTakenAsWell()
    {
        using var answer = await Http.CallAsync(
            "POST", "/v1/registrations", "namespace=shop&pod=greeter-1&service=greeting&port=8080&metadata.tier=gold+plated&weight=3", "application/x-www-form-urlencoded");
        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
        var body = await JsonAsync(answer);
        ((string?)body["metadata"]!["tier"]).ShouldBe("gold plated");
        ((int?)body["weight"]).ShouldBe(3);
    }

    [Fact]
    public async Task AnEmptyFieldOfAFormIsAnUnsetOne()
    {
        using var answer = await Http.CallAsync(
            "POST", "/v1/registrations", "namespace=shop&pod=greeter-1&service=greeting&port=8.08e3&group=&version=&weight=&ttl=&container=&mirrors=&url=&metadata.tier=",
            "application/x-www-form-urlencoded");
        var body = await JsonAsync(answer);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created, body.ToJsonString());
        ((int?)body["port"], (int?)body["weight"], (string?)body["group"], body["metadata"]!.AsObject().Count).ShouldBe((8080, 100, "", 0));
    }

    [Theory]
    [InlineData("8080.0", "1e2", "6.0e1")]
    [InlineData("8.08e3", "100.00", "60")]
    [InlineData("80800E-1", "10000e-2", "0.6E2")]
    public async Task AWholeNumberMayBeSpelledInAnyWayOfJson(string port, string weight, string ttl)
    {
        var body = await RegisterAsync($$"""{"namespace":"shop","pod":"greeter-1","service":"greeting","port":{{port}},"weight":{{weight}},"ttl":{{ttl}},"ports":[{"name":"http","port":{{port}} }]}""");
        ((int?)body["port"], (int?)body["weight"], (int?)body["ports"]![0]!["port"]).ShouldBe((8080, 100, 8080), body.ToJsonString());
    }

    [Fact]
    public async Task APatchSetsStatusWeightAndMetadata()
    {
        var id = (string)(await RegisterAsync())["id"]!;
        var patched = await PatchAsync(id, """{"status":"OUT_OF_SERVICE","weight":5,"metadata":{"a":"b","c":null}}""");
        (patched.Status(), (int?)patched["weight"], (string?)patched["metadata"]!["a"]).ShouldBe(("OUT_OF_SERVICE", 5, "b"));
        var reset = await PatchAsync(id, """{"status":"UP","weight":null,"metadata":null}""");
        (reset.Status(), (int?)reset["weight"], reset["metadata"]!.AsObject().Count).ShouldBe(("UP", 100, 0));
    }

    [Fact]
    public async Task HttpStacksWithoutPutPatchAndDeleteHaveTheirOwnPaths()
    {
        var id = (string)(await RegisterAsync("""{"namespace":"shop","pod":"greeter-1","service":"greeting","port":8080,"ttl":60}"""))["id"]!;
        (await ShouldBeAsync("POST", $"{id}/out-of-service", HttpStatusCode.OK))!.Status().ShouldBe("OUT_OF_SERVICE");
        (await ShouldBeAsync("POST", $"{id}/up", HttpStatusCode.OK))!.Status().ShouldBe("UP");
        await ShouldBeAsync("POST", $"{id}/heartbeat", HttpStatusCode.NoContent);
        await ShouldBeAsync("PUT", $"{id}/heartbeat", HttpStatusCode.NoContent);
        await ShouldBeAsync("POST", $"{id}/deregister", HttpStatusCode.NoContent);
        await ShouldBeAsync("PUT", $"{id}/heartbeat", HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task AMethodCanBeStoodInForByAHeader()
    {
        var id = (string)(await RegisterAsync())["id"]!;
        using var patched = await Http.CallAsync(
            "POST", $"/v1/registrations/{id}{Of}", """{"weight":9}""", headers: ("X-HTTP-Method-Override", "patch"));
        ((int?)(await JsonAsync(patched))["weight"]).ShouldBe(9);
        using var deleted = await Http.CallAsync("POST", $"/v1/registrations/{id}{Of}", headers: ("X-HTTP-Method-Override", "DELETE"));
        deleted.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        using var odd = await Http.CallAsync("POST", $"/v1/registrations/{id}{Of}", headers: ("X-HTTP-Method-Override", "BREW"));
        odd.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task APodsOwnAreListedWithTheUnreadableOnes()
    {
        await RegisterAsync();
        const string Broken = "registry-gateway.io/0123456789abcdef0123456789abcdef";
        _registry.Cluster.Objects.Change(
            ResourceKinds.Pods, "shop", "greeter-1", static pod => pod["metadata"]!["annotations"]![Broken] = "{}", manager: "test");
        await _registry.Gateway.State.WaitAsync(static snapshot => snapshot.RegistrationsOf("shop", "greeter-1")?.Records.Unreadable.Length == 1, Patience.Limit, TestContext.Current.CancellationToken);
        var items = (await Http.GetJsonAsync("/v1/registrations" + Of))["items"]!.AsArray();
        items.Count.ShouldBe(2);
        ((string?)items[1]!["annotation"]).ShouldBe(Broken);
        ((string?)items[1]!["reason"]).ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task AllOfAPodAreDeregisteredAtOnce()
    {
        await RegisterAsync();
        await RegisterAsync("""{"namespace":"shop","pod":"greeter-1","service":"other","port":8080}""");
        await ShouldBeAsync("DELETE", "", HttpStatusCode.NoContent);
        (await Http.GetJsonAsync("/v1/registrations" + Of))["items"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task DrainWaitAnswersWhenEverySubscriberWasTold()
    {
        await using var alone = await GatewayUnderTest.StartAsync(
            _registry.Cluster.Url, [KeyValuePair.Create("Subscriptions:SingleReplica", (string?)"true")]);
        var id = (string)(await alone.Http.RegisterAsync(JsonNode.Parse(Calls.Greeting)!))["id"]!;
        await using var stream = await StreamReader.OpenAsync(alone.Http, "/v1/namespaces/shop/services/greeting/watch");
        await stream.NextAsync("snapshot");
        using var answer = await alone.Http.CallAsync(
            "PATCH", $"/v1/registrations/{id}{Of}&drain=wait&timeout=20s", """{"status":"OUT_OF_SERVICE"}""");
        var drain = (await JsonAsync(answer))["drain"]!;
        ((bool?)drain["complete"], (int?)drain["subscribers"], (int?)drain["pending"], (int?)drain["replicas"]).ShouldBe((true, 1, 0, 1));
        await stream.NextAsync("removed");
    }

    [Fact]
    public async Task WhereOtherReplicasMayExistOwnSubscribersAreWaitedForAndTheRestIsUnknown()
    {
        var id = (string)(await RegisterAsync())["id"]!;
        await using var stream = await StreamReader.OpenAsync(Http, "/v1/namespaces/shop/services/greeting/watch");
        await stream.NextAsync("snapshot");
        using var answer = await Http.CallAsync("PATCH", $"/v1/registrations/{id}{Of}&drain=wait", """{"status":"OUT_OF_SERVICE"}""");
        var drain = (await JsonAsync(answer))["drain"]!.AsObject();
        drain.ContainsKey("complete").ShouldBeTrue();
        ((bool?)drain["complete"], (int?)drain["subscribers"], (int?)drain["pending"]).ShouldBe((null, 1, 0));
        ((string?)drain["reason"]).ShouldBe("Other replicas may exist, whose subscribers this one cannot ask about: there is no Redis. Set Subscriptions__SingleReplica=true where this is the only one.");
        await stream.NextAsync("removed");
    }

    [Theory]
    [InlineData("orders\u2010v2", "; character 7 is U+2010")]
    [InlineData("or ders", "; character 3 is a space")]
    [InlineData("a/b", "; character 2 is '/'")]
    [InlineData("a\ud83d\ude00", "; character 2 is U+1F600")]
    public async Task AFaultOfANameShowsTheCharacterThatItCannotHave(string name, string said)
    {
        using var answer = await Http.PostAsync(System.Text.Json.JsonSerializer.Serialize(new { service = name, port = 1 }));
        ((string?)(await JsonAsync(answer))["errors"]![0]!["detail"]).ShouldBe("A service name must be 1 to 253 of A-Z a-z 0-9 . _ : $ -, but not '.' or '..'" + said);
    }

    [Fact]
    public async Task OutOfServiceSaysWhoseWordItIs()
    {
        var id = (string)(await RegisterAsync())["id"]!;
        var patched = await PatchAsync(id, """{"status":"OUT_OF_SERVICE"}""");
        ((string?)patched["reason"]).ShouldBe("SetByOperator");
        ((string?)(await RegisterAsync())["reason"]).ShouldBe("SetByOperator", "a POST does not clear it");
        (await PatchAsync(id, """{"status":"UP"}"""))["reason"].ShouldBeNull();
    }

    [Fact]
    public async Task APodThatItsServiceListsWithAnotherPortIsToldSo()
    {
        _registry.Pod("orders-1", "10.0.0.2", labels: """{"app":"orders"}""");
        _registry.Small.Service(name: "orders");
        _registry.Slice("orders-x", "orders", $$"""
            [{"addresses":["10.0.0.2"],"conditions":{"ready":true},"targetRef":{"kind":"Pod","namespace":"shop","name":"orders-1","uid":"{{_registry.UidOf("orders-1")}}"} }]
            """);
        await Http.LookUpUntilAsync("shop", "orders", static all => all.Count == 1);
        var other = await _registry.RegisterAsync("orders-1", "orders", 9090);
        other["warnings"]!.AsArray().Select(static one => (string?)one).ShouldBe(
            ["The Kubernetes Service shop/orders also lists this pod, with port 8080: callers see two instances. Name that port in 'port' or 'ports', or register under another name."]);
        (await _registry.RegisterAsync("orders-1", "orders", 8080))["warnings"]!.AsArray().ShouldBeEmpty();
    }

    private async Task<JsonNode> RegisterAsync(string body = Calls.Greeting)
    {
        using var answer = await Http.PostAsync(body);
        return await JsonAsync(answer);
    }

    private async Task<JsonNode> PatchAsync(string id, string body)
    {
        using var answer = await Http.CallAsync("PATCH", $"/v1/registrations/{id}{Of}", body, "application/merge-patch+json");
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return await JsonAsync(answer);
    }

    private async Task<JsonNode?> ShouldBeAsync(string method, string path, HttpStatusCode status)
    {
        using var answer = await Http.CallAsync(method, $"/v1/registrations{(path.Length == 0 ? "" : "/" + path)}{Of}");
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(status, text);
        return text.Length == 0 ? null : JsonNode.Parse(text);
    }

    private static async Task<JsonNode> JsonAsync(HttpResponseMessage answer) =>
        JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
}
