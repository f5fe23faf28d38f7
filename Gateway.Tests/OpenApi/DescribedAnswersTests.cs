using System.Net;
using System.Text.Json.Nodes;
using Gateway.Tests.Annotations;
using Gateway.Tests.Api;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.Facades.Dubbo;
using static Gateway.Tests.Facades.Dubbo.DubboCluster;
using StreamReader = Gateway.Tests.EndToEnd.StreamReader;

namespace Gateway.Tests.OpenApi;

/// <summary>
/// The described types are documentation, the answers are written by hand: here a running gateway is called in every way, and each answer is compared
/// with the document, member by member.
/// </summary>
public sealed class DescribedAnswersTests : IAsyncLifetime
{
    private const string Registrations = "/v1/registrations";
    private const string Acting = "namespace=shop&pod=greeter-1";
    private const string Services = "/v1/namespaces/shop/services/";

    private TestRegistry _registry = null!;
    private DescribedApi _api = null!;
    private DescribedAnswers _answers = null!;
    private HttpClient _http = null!;

    public async ValueTask InitializeAsync()
    {
        _registry = await TestRegistry.StartAsync(settings: ("Subscriptions:SingleReplica", "true"));
        _api = await DescribedApi.ReadAsync(_registry.Http);
        _answers = new DescribedAnswers(_api);
        _http = new HttpClient(_answers) { BaseAddress = _registry.Http.BaseAddress, Timeout = Patience.Limit };
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _registry.DisposeAsync();
    }

    [Fact]
    public async Task EveryAnswerIsAsTheDocumentSays()
    {
        _registry.Pod("greeter-1", "10.0.0.1");
        await RegisterAsync();
        await LookUpAsync();
        await StreamAsync();
        await AskAsDubboDoesAsync();
        await ChangeAndLeaveAsync();
        foreach (var path in new[] { "/livez", "/readyz", "/metrics" })
            (await _http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken).Within()).Dispose();

        var described = from operation in _api.All
                        from status in operation.Operation.Responses.Keys
                        where status[0] is '2' or '3'
                        select (operation.Id, status);
        described.Except(_answers.Seen).ShouldBeEmpty("each of these was described, but not brought about");
    }

    [Fact]
    public async Task StreamsSayHowTheyEndAndWhatWasLostAsDescribed()
    {
        foreach (var path in new[] { "/v1/watch?namespace=shop", Path("applications/greeter/instances/watch") })
        {
            await using var gateway = await GatewayUnderTest.StartAsync(_registry.Cluster.Url);
            using var http = new HttpClient(new DescribedAnswers(_api)) { BaseAddress = gateway.Http.BaseAddress };
            await using var stream = await StreamReader.OpenAsync(http, path);
            await FirstStateAsync(stream, path);
            _registry.Cluster.Faults.RefuseConnections();
            await TakeAsync(stream, path, "stale");
            _registry.Cluster.Faults.AcceptConnections();
            await TakeAsync(stream, path, "fresh");
            var stopped = gateway.StopAsync();
            await TakeAsync(stream, path, "goaway");
            await stopped.Within();
        }
    }

    [Fact]
    public async Task RefusalsNameTheirFaultsAsDescribed()
    {
        _registry.Pod("greeter-1", "10.0.0.1");
        _registry.Small.Service(name: "reserved");
        _registry.Pod("declaring-1", "10.0.0.2", "{}", ("registry-gateway.io/declare", """[{"service":"declared","port":8080}]"""));
        await _registry.Gateway.State.WaitAsync(static snapshot => snapshot.Services.ContainsKey(new("shop", "reserved")), Patience.Limit);
        var declared = (await _registry.Http.LookUpUntilAsync("shop", "declared", static all => all.Count == 1))[0]["id"];
        string[] refused =
        [
            """{"service":"greeting","port":8080,"container":"other"}""", """{"service":"reserved","port":8080}""", """{"url":"dubbo://10.9.9.9:1/a"}""",
            """{"service":"greeting","port":8080,"mirrors":["dubbo-go-1.4","dubbo-go-1.5"]}""", """{"service":"","colour":"red","port":"80","ports":[{}]}""",
        ];
        foreach (var body in refused)
            (await RefuseAsync("POST", Registrations, string.Concat("""{"namespace":"shop","pod":"greeter-1",""", body.AsSpan(1)))).ShouldNotBeEmpty(body);
        const string One = """{"namespace":"shop","pod":"greeter-1","service":"greeting","port":8080}""";
        (await RefuseAsync("POST", Registrations, $"[{One},{One}]")).ShouldNotBeEmpty();
        (await RefuseAsync("POST", Registrations, "colour=red&port=x", "application/x-www-form-urlencoded")).ShouldNotBeEmpty();
        (await RefuseAsync("PATCH", $"{Registrations}/{declared}", """{"metadata":{"a":"b"}}""")).ShouldNotBeEmpty();
        (await RefuseAsync("PATCH", $"{Registrations}/{declared}", """{"status":"DOWN"}""")).ShouldNotBeEmpty();
        (await RefuseAsync("PUT", Path("metadata/declared/r1?namespace=shop&pod=declaring-1"), """{"app":"other","services":[]}""")).ShouldNotBeEmpty();
        (await RefuseAsync("PUT", Path($"mapping/{Greeting}?namespace=shop&pod=declaring-1"), "{}")).ShouldNotBeEmpty();
        (await RefuseAsync("GET", "/v1/watch?timeout=x&selector=in")).ShouldNotBeEmpty();
    }

    [Fact]
    public async Task ADocumentThatSaysOtherwiseIsFoundOut()
    {
        _registry.Pod("greeter-1", "10.0.0.1");
        await _registry.RegisterAsync("greeter-1", "greeting");
        using var answer = await _registry.Http.GetAsync(new Uri($"{Services}greeting/instances", UriKind.Relative), TestContext.Current.CancellationToken).Within();
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        FaultsOf(_api).ShouldBeEmpty();

        (string Type, string Change, string Member)[] cases =
        [
            ("InstancePod", """{"properties":{"zone":null},"required":["name"]}""", "zone"), ("Lookup", """{"required":["extra"]}""", "extra"),
            ("InstanceStatus", """{"enum":["DOWN"]}""", "status"), ("Instance", """{"properties":{"weight":{"type":"string"}}}""", "weight"),
            ("Instance", """{"properties":{"reason":{"type":"string"}}}""", "reason"),
        ];
        foreach (var (type, change, member) in cases)
        {
            var json = _api.Json.DeepClone();
            Merge(json["components"]!["schemas"]![type]!.AsObject(), JsonNode.Parse(change)!.AsObject());
            FaultsOf(await DescribedApi.ParseAsync(json.ToJsonString())).ShouldHaveSingleItem().ShouldContain(member);
        }

        IEnumerable<string> FaultsOf(DescribedApi api) =>
            DescribedApi.FaultsOf(api.Find(answer.RequestMessage!)!, answer.RequestMessage!, answer, text);
    }

    private static void Merge(JsonObject target, JsonObject change)
    {
        foreach (var (name, value) in change)
        {
            if (value is null)
                target.Remove(name);
            else if (value is JsonObject inner && target[name] is JsonObject own && !inner.ContainsKey("type"))
                Merge(own, inner);
            else
                target[name] = value.DeepClone();
        }
    }

    private async Task RegisterAsync()
    {
        const string Body = """
            {"namespace":"shop","pod":"greeter-1","service":"greeting","port":8080,"group":"g","version":"1","protocol":"http","weight":7,"ttl":600,
             "container":"app","metadata":{"lane":"blue"},"ports":[{"name":"admin","port":9090}],"mirrors":["generic","dubbo-java"]}
            """;
        await CallAsync("POST", Registrations, Body);
        var id = (await CallAsync("POST", Registrations, Body))!["id"]!;
        await CallAsync("POST", Registrations, """
            [{"namespace":"shop","pod":"greeter-1","service":"greeting","port":8081},
             {"namespace":"shop","pod":"greeter-1","url":"dubbo://10.0.0.1:20880/com.example.GreetingService?application=greeter&dubbo.metadata.revision=r1"}]
            """);
        string[] forms =
        [
            "service=form&port=8082&group=g&version=1&protocol=http&weight=1&ttl=60&container=app&metadata.lane=blue&mirrors=generic", "url=tri://10.0.0.1:8083/form",
        ];
        foreach (var form in forms)
            await CallAsync("POST", Registrations, $"{Acting}&{form}", "application/x-www-form-urlencoded");
        await CallAsync("PUT", $"{Registrations}/{id}/heartbeat");
        await CallAsync("POST", $"{Registrations}/{id}/heartbeat?{Acting}");

        // One that has no address yet, one that cannot be read, and one that is declared.
        _registry.Pod("pending-1", "", isRunning: false);
        await CallAsync("POST", Registrations, """{"namespace":"shop","pod":"pending-1","service":"greeting","port":8080,"mirrors":["generic"]}""");
        _registry.Pod("broken-1", "10.0.0.3", "{}", ("registry-gateway.io/00000000000000000000000000000000", "{"), ("registry-gateway.io/declare", """[{"service":"greeting","port":1},{"port":2}]"""));
        await _registry.Gateway.State.WaitAsync(static snapshot => snapshot.RegistrationsOf("shop", "broken-1")?.Records.Unreadable.IsEmpty == false, Patience.Limit);
        var own = (await CallAsync("GET", $"{Registrations}?namespace=shop&pod=broken-1"))!["items"]!.AsArray();
        own.Select(static one => (string)one!["status"]!).ShouldContain("UNREADABLE");
        await CallAsync("GET", $"{Registrations}?{Acting}");
        await CallAsync("GET", $"{Registrations}/{id}");
    }

    private async Task LookUpAsync()
    {
        _registry.Small.Service();
        _registry.Small.Service("""{"selector":null,"clusterIP":"None","ports":null}""", "headless");
        _registry.Slice("by-hand", "headless", """[{"addresses":["192.0.2.9"],"conditions":{"ready":true}}]""", ports: "[]");
        _registry.Pod("orders-1", "10.0.0.4", labels: """{"app":"orders"}""");
        await _registry.Http.LookUpUntilAsync("shop", "orders", static all => all.Count == 1);
        await _registry.Http.LookUpUntilAsync("shop", "headless", static all => all.Count == 1);

        await CallAsync("GET", "/v1/services?namespace=shop&limit=1");
        await CallAsync("GET", "/v1/services?prefix=greet&source=gateway");
        var revision = "";
        foreach (var service in new[] { "orders", "headless", "greeting", "nobody" })
        {
            var found = await CallAsync("GET", $"{Services}{service}/instances?status=any");
            revision = (string)found!["revision"]!;
            foreach (var one in found["instances"]!.AsArray())
                await CallAsync("GET", $"{Services}{service}/instances/{one!["id"]}");
        }

        await CallAsync("GET", $"{Services}nobody/instances?index={revision}&wait=1ms&minRevision={revision}");
        await CallAsync("GET", $"{Services}greeting/instances?group=g&version=1&protocol=http&status=UP&status=DOWN&selector=lane&zone=zone-a&preferZone=zone-b&source=gateway");
        await KnownAsync($"{Services}greeting/instances");
        foreach (var policy in new[] { "random", "round-robin", "weighted", "consistent-hash&key=k" })
            await CallAsync("GET", $"{Services}greeting/pick?policy={policy}");
        await CallAsync("GET", $"{Services}orders/dns");
        await CallAsync("GET", $"{Services}headless/dns");
        foreach (var query in new[] { "service=greeting", "pod=greeter-1" })
            await CallAsync("GET", $"/v1/consumers?namespace=shop&{query}");
        foreach (var query in new[] { "orders", "greeting&pod=greeter-1&status=any&version=2", "nobody", "headless" })
            await CallAsync("GET", $"/v1/explain?namespace=shop&service={query}");
    }

    private async Task StreamAsync()
    {
        foreach (var path in new[] { $"{Services}streamed/watch", $"{Services}streamed/watch?initial=events", "/v1/watch?service=shop/streamed&service=shop/greeting", "/v1/watch?namespace=shop" })
        {
            await using var stream = await StreamReader.OpenAsync(_http, path);
            await FirstStateAsync(stream, path);
            var id = (await CallAsync("POST", Registrations, """{"namespace":"shop","pod":"greeter-1","service":"streamed","port":8080}"""))!["id"];
            await TakeAsync(stream, path, "added");
            await CallAsync("PATCH", $"{Registrations}/{id}", """{"weight":9,"metadata":{"lane":"green","gone":null}}""", "application/merge-patch+json");
            await TakeAsync(stream, path, "modified");
            await CallAsync("DELETE", $"{Registrations}/{id}");
            await TakeAsync(stream, path, "removed");
        }
    }

    private async Task AskAsDubboDoesAsync()
    {
        _registry.Pod("consumer-1", "172.17.0.8", "{}", ("dubbo.io/annotation", DubboVectors.V1Consumer));
        await _registry.Gateway.State.WaitAsync(static snapshot => snapshot.RegistrationsOf("shop", "consumer-1")?.Pod.PodIPs.IsEmpty == false, Patience.Limit);
        await CallAsync("PUT", Path($"metadata/greeter/r1?{Acting}"), MetadataInfo("greeter", "r1", (Greeting, "", "")));
        await CallAsync("GET", Path("metadata/greeter/r1"));
        await CallAsync("PUT", Path($"mapping/{Greeting}?{Acting}"), """{"applications":["greeter"]}""");
        await CallAsync("GET", Path($"mapping/{Greeting}"));
        await CallAsync("GET", Path("interfaces?prefix=com."));
        await CallAsync("GET", Path("interfaces/com.ikurento.user.UserProvider/consumers?group=*&version=*"));
        foreach (var path in new[] { Path($"interfaces/{Greeting}/providers"), Path("applications/greeter/instances") })
        {
            (await CallAsync("GET", path))!["instances"]!.AsArray().ShouldNotBeEmpty();
            await CallAsync("GET", $"{path}?status=any&selector=!lane");
            await KnownAsync(path);
            await using var stream = await StreamReader.OpenAsync(_http, $"{path}/watch?timeout=30s");
            await FirstStateAsync(stream, $"{path}/watch");
            var id = (await CallAsync("POST", Registrations, """{"namespace":"shop","pod":"greeter-1","url":"tri://10.0.0.1:50051/com.example.GreetingService?application=greeter"}"""))!["id"];
            await TakeAsync(stream, $"{path}/watch", "added");
            await CallAsync("POST", $"{Registrations}/{id}/deregister?{Acting}");
            await TakeAsync(stream, $"{path}/watch", "removed");
        }
    }

    private async Task ChangeAndLeaveAsync()
    {
        var id = (await CallAsync("POST", Registrations, """{"namespace":"shop","pod":"greeter-1","service":"leaving","port":8080}"""))!["id"];
        await CallAsync("PATCH", $"{Registrations}/{id}", """{"status":"OUT_OF_SERVICE"}""");
        await CallAsync("POST", $"{Registrations}/{id}/up");
        var drained = await CallAsync("POST", $"{Registrations}/{id}/out-of-service?drain=wait&timeout=20s");
        ((bool?)drained!["drain"]!["complete"]).ShouldBe(true);
        await CallAsync("PATCH", $"{Registrations}/{id}?{Acting}&drain=wait", """{"status":null,"weight":null,"metadata":null}""", "application/merge-patch+json");
        await CallAsync("DELETE", $"{Registrations}/{id}?{Acting}");
        await CallAsync("DELETE", $"{Registrations}?{Acting}");
        var types = (await CallAsync("GET", "/v1/history?namespace=shop&service=leaving&limit=10000"))!["items"]!.AsArray().Select(static one => (string)one!["type"]!);
        types.Distinct().Order().ShouldBe(["added", "modified", "removed"]);
        (await CallAsync("GET", "/v1/history?namespace=shop&limit=1"))!["truncated"]!.GetValue<bool>().ShouldBeTrue();
    }

    private async Task<JsonNode?> CallAsync(string method, string path, string? body = null, string mediaType = "application/json")
    {
        using var answer = await _http.CallAsync(method, path, body, mediaType);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        answer.IsSuccessStatusCode.ShouldBeTrue($"{method} {path}: {text}");
        return text.Length == 0 ? null : JsonNode.Parse(text);
    }

    /// <summary>The codes of the faults; the answer itself is compared on its way.</summary>
    private async Task<IReadOnlyList<string>> RefuseAsync(string method, string path, string? body = null, string mediaType = "application/json")
    {
        using var answer = await _http.CallAsync(method, path, body, mediaType);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        answer.IsSuccessStatusCode.ShouldBeFalse(text);
        return [.. JsonNode.Parse(text)!["errors"]!.AsArray().Select(static fault => (string)fault!["code"]!)];
    }

    private async Task KnownAsync(string path)
    {
        using var first = await _http.CallAsync("GET", path);
        using var again = await _http.CallAsync("GET", path, headers: ("If-None-Match", first.Headers.ETag!.ToString()));
        again.StatusCode.ShouldBe(HttpStatusCode.NotModified);
    }

    private async Task FirstStateAsync(StreamReader stream, string path)
    {
        var first = await stream.NextAsync();
        Check(path, first);
        if (path.StartsWith("/v1/watch", StringComparison.Ordinal) || path.Contains("initial=events", StringComparison.Ordinal))
            await TakeAsync(stream, path, "synced", first);
    }

    /// <summary>Takes events, each as described, until one of that name.</summary>
    private async Task TakeAsync(StreamReader stream, string path, string name, ReceivedEvent? next = null)
    {
        while (next?.Name != name)
            Check(path, next = await stream.NextAsync());
    }

    private void Check(string path, ReceivedEvent received)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_http.BaseAddress!, path));
        _api.FaultsOf(_api.Find(request)!, received).ShouldBeEmpty($"{path}: {received.Name}");
    }
}
