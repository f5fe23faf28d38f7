using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;
using Gateway.Tests.EndToEnd;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Api;

/// <summary>
/// Whatever is sent is refused with a problem that names the member or the parameter; nothing is written, nothing is logged above Warning,
/// nothing ends in a 500.
/// </summary>
public sealed class BadInputTests
{
    private const string Base = "\"namespace\":\"shop\",\"pod\":\"greeter-1\",\"service\":\"greeting\",\"port\":8080";

    /// <summary>Body, status, code, and where the faults are.</summary>
    public static TheoryData<string, int, string, string> Bodies => new()
    {
        { "", 400, "malformed-json", "" },
        { "{", 400, "malformed-json", "" },
        { "{\"service\":\"a\",}", 400, "malformed-json", "" },
        { "{} {}", 400, "malformed-json", "" },
        { "{\"service\":\"\\ud800\"}", 400, "malformed-json", "" },
        { new string('[', 100), 400, "malformed-json", "" },
        { "null", 422, "invalid-registration", "" },
        { "7", 422, "invalid-registration", "" },
        { "[]", 422, "invalid-registration", "" },
        { "{}", 422, "invalid-registration", "/service /port" },
        { """{"service":7,"port":"x","metadata":[],"weight":1.5,"ttl":true,"ports":{},"mirrors":"generic"}""", 422, "invalid-registration", "/service /port /metadata /weight /ttl /ports /mirrors" },
        { """{"service":"a","port":0}""", 422, "invalid-registration", "/port" },
        { """{"service":"a","port":65536}""", 422, "invalid-registration", "/port" },
        { """{"service":"a","port":99999999999}""", 422, "invalid-registration", "/port" },
        { """{"service":"a","port":-1}""", 422, "invalid-registration", "/port" },
        { """{"service":"a","port":8080.5,"weight":1e400,"ttl":1e-1}""", 422, "invalid-registration", "/port /weight /ttl" },
        { """{"service":"..","port":1,"group":".","version":".."}""", 422, "invalid-registration", "/service /group /version" },
        { """{"service":"with space","port":1}""", 422, "invalid-registration", "/service" },
        { """{"service":"","port":1}""", 422, "invalid-registration", "/service" },
        { $$"""{"service":"{{new string('n', 10_000)}}","port":1}""", 422, "invalid-registration", "/service" },
        { $$"""{"service":"a","port":1,"group":"{{new string('g', 129)}}","version":"ä"}""", 422, "invalid-registration", "/group /version" },
        { """{"service":"a","port":1,"protocol":"no protocol"}""", 422, "invalid-registration", "/protocol" },
        { """{"service":"a","port":1,"weight":10001,"ttl":0}""", 422, "invalid-registration", "/weight /ttl" },
        { """{"service":"a","port":1,"colour":"red","a/b~c":1}""", 422, "invalid-registration", "/colour /a~1b~0c" },
        { """{"service":"a","service":"b","port":1}""", 422, "invalid-registration", "/service" },
        { """{"service":"a","port":1,"metadata":{"k":1,"l":null,"":"x"}}""", 422, "invalid-registration", "/metadata/k /metadata/l /metadata/" },
        { """{"service":"a","port":1,"ports":[{"name":"x","port":0},{"port":"y","more":1},3]}""", 422, "invalid-registration", "/ports/0/port /ports/1/port /ports/1/more /ports/1/name /ports/2 /ports/2/name /ports/2/port" },
        { """{"service":"a","port":1,"mirrors":["dubbo-go-1.4","dubbo-go-1.5","paper"]}""", 422, "invalid-registration", "/mirrors /mirrors/2" },
        { $$"""{"service":"a b","port":1,"ports":[{{Ports(64)}}]}""", 422, "invalid-registration", "/service" },
        { $$"""{"service":"a b","port":1,"ports":[{{Ports(65)}}],"weight":-1}""", 422, "invalid-registration", "/service /ports" },
        { """{"service":"a","port":1,"mirrors":["generic","dubbo-java","dubbo-go-1.5","generic","generic"],"weight":-1}""", 422, "invalid-registration", "/mirrors /mirrors/3" },
        { """{"service":"a","port":1,"namespace":"shop"}""", 422, "invalid-registration", "/pod" },
        { """{"service":"a","port":1,"pod":"greeter-1"}""", 422, "invalid-registration", "/namespace" },
        { """{"service":"a","port":1,"namespace":"Shop","pod":"no pod"}""", 422, "invalid-registration", "/namespace /pod" },
        { $$"""[{{{Base}}},{{{Base}}, "group":"g"},{{{Base}}, "group":"h"},{{{Base}},"weight":-1}]""", 422, "invalid-registration", "/3/weight" },
        { $$"""[{{{Base}}},{"namespace":"shop","pod":"other","service":"a","port":1}]""", 422, "invalid-registration", "/1/pod" },
        { $$"""[{{{Base}}},{{{Base}}}]""", 422, "invalid-registration", "/1" },
        { "[" + string.Join(',', Enumerable.Repeat("{" + Base + "}", 201)) + "]", 422, "invalid-registration", "" },
        { $$$"""{{{{Base}}},"container":"Nope!"}""", 422, "invalid-registration", "/container" },
        { $$$"""{{{{Base}}},"metadata":{"k":"{{{new string('v', 300_000)}}}"}}""", 413, "annotations-full", "" },
    };

    /// <summary>Method, path, code, and the parameters at fault.</summary>
    public static TheoryData<string, string, string> Parameters => new()
    {
        { "/v1/namespaces/shop/services/orders/instances?status=BROKEN", "status", "BROKEN" },
        { "/v1/namespaces/shop/services/orders/instances?colour=red&zone=a&zone=b", "zone colour", "" },
        { "/v1/namespaces/shop/services/orders/instances?selector=a%20in%20(b", "selector", "At character 8" },
        { "/v1/namespaces/shop/services/orders/instances?selector=a%3D%3D%3D", "selector", "At character" },
        { $"/v1/namespaces/shop/services/orders/instances?selector={new string('a', 1_025)}", "selector", "'selector' has 1025 bytes; at most 1024 are allowed." },
        { $"/v1/namespaces/shop/services/orders/pick?selector={Terms(33)}", "selector", "'selector' has 33 requirements; at most 32 are allowed." },
        { $"/v1/watch?service=shop/orders&selector=a+in+({Terms(101)})", "selector", "'selector' has 101 values; at most 100 are allowed." },
        { $"/v1/namespaces/shop/services/orders/instances?version={new string('1', 1_025)}&group={new string('g', 1_025)}", "version group", "" },
        { "/v1/namespaces/shop/services/orders/instances?source=moon&wait=soon&minRevision=x", "source wait minRevision", "" },
        { "/v1/namespaces/shop/services/orders/pick?policy=best", "policy", "" },
        { "/v1/namespaces/shop/services/orders/pick?policy=consistent-hash", "key", "" },
        { "/v1/namespaces/Shop/services/or%20ders/instances", "ns name", "" },
        { $"/v1/namespaces/shop/services/{new string('n', 10_000)}/instances", "name", "" },
        { "/v1/services?limit=0", "limit", "" },
        { "/v1/services?limit=many&continue=%21&source=x", "limit continue source", "" },
        { "/v1/watch", "service", "" },
        { "/v1/watch?service=orders", "service", "" },
        { "/v1/watch?service=shop/orders&namespace=shop", "namespace", "" },
        { "/v1/watch?namespace=shop&initial=maybe&timeout=long", "timeout initial", "" },
        { "/v1/registrations?pod=greeter-1", "namespace", "" },
    };

    private static string Terms(int count) => string.Join(',', Enumerable.Range(0, count).Select(static i => $"t{i}"));

    private static string Ports(int count) => string.Join(',', Enumerable.Range(0, count).Select(static i => $$"""{"name":"p{{i}}","port":1}"""));

    [Theory]
    [MemberData(nameof(Bodies), DisableDiscoveryEnumeration = true)]
    public async Task ABadBodyIsRefusedByWhatIsWrongWithIt(string body, int status, string code, string pointers)
    {
        var logs = new LogBook();
        await using var world = await World.StartAsync(logs);
        using var answer = await world.Gateway.Http.PostAsync(body);
        var problem = await ShouldBeProblemAsync(answer, status, code);
        Places(problem, "pointer").ShouldBe(pointers.Split(' ', StringSplitOptions.RemoveEmptyEntries), ignoreOrder: true, problem.ToJsonString());
        logs.Lines.Where(static line => line.Level > LogLevel.Warning).ShouldBeEmpty();
        world.OwnKeys().ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Parameters))]
    public async Task ABadParameterIsRefusedByName(string path, string parameters, string said)
    {
        var logs = new LogBook();
        await using var world = await World.StartAsync(logs);
        using var answer = await world.Gateway.Http.CallAsync("GET", path);
        var problem = await ShouldBeProblemAsync(answer, 400, "invalid-parameter");
        Places(problem, "parameter").ShouldBe(parameters.Split(' '), ignoreOrder: true, problem.ToJsonString());
        if (said.Length > 0)
            problem["errors"]!.AsArray().Select(static fault => (string)fault!["detail"]!).ShouldContain(detail => detail.Contains(said) || said == "BROKEN", problem.ToJsonString());
        logs.Lines.Where(static line => line.Level > LogLevel.Warning).ShouldBeEmpty();
    }

    [Fact]
    public async Task ATextThatIsNotUtf8IsMalformed()
    {
        await using var world = await World.StartAsync(new LogBook());
        using var content = new ByteArrayContent([(byte)'"', 0xFF, (byte)'"']);
        content.Headers.ContentType = new("application/json");
        using var answer = await world.Gateway.Http.PostAsync("/v1/registrations", content, TestContext.Current.CancellationToken).Within();
        await ShouldBeProblemAsync(answer, 400, "malformed-json");
    }

    [Fact]
    public async Task MalformedJsonNamesLineAndByte()
    {
        await using var world = await World.StartAsync(new LogBook());
        using var answer = await world.Gateway.Http.PostAsync("{\n  \"service\": nope\n}");
        ((string)(await ShouldBeProblemAsync(answer, 400, "malformed-json"))["detail"]!).ShouldContain("line 2, byte ");
    }

    [Theory]
    [InlineData("POST", "/v1/services", "GET")]
    [InlineData("DELETE", "/v1/namespaces/shop/services/orders/instances", "GET")]
    [InlineData("PUT", "/v1/registrations", "POST")]
    [InlineData("GET", "/v1/registrations/x/heartbeat", "PUT")]
    public async Task AWrongMethodIsToldWhichAreRight(string method, string path, string allowed)
    {
        await using var world = await World.StartAsync(new LogBook());
        using var answer = await world.Gateway.Http.CallAsync(method, path);
        await ShouldBeProblemAsync(answer, 405, "method-not-allowed");
        answer.Content.Headers.Allow.ShouldContain(allowed);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/xml")]
    [InlineData("application/json; charset=utf-16")]
    public async Task AWrongMediaTypeIs415(string mediaType)
    {
        await using var world = await World.StartAsync(new LogBook());
        using var answer = await world.Gateway.Http.CallAsync("POST", "/v1/registrations", Calls.Greeting, mediaType);
        await ShouldBeProblemAsync(answer, 415, "unsupported-media-type");
    }

    [Theory]
    [InlineData("POST", "/v1/registrations", "gzip")]
    [InlineData("PATCH", "/v1/registrations/0123456789abcdef0123456789abcdef", "identity, br")]
    [InlineData("PUT", "/v1/namespaces/shop/dubbo/mapping/com.example.Price?namespace=shop&pod=greeter-1", "deflate")]
    public async Task AnEncodedBodyIsRefusedWithTheEncodingThatIsRead(string method, string path, string encoding)
    {
        await using var world = await World.StartAsync(new LogBook());
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = new StringContent(Calls.Greeting, null, "application/json") };
        request.Content.Headers.TryAddWithoutValidation("Content-Encoding", encoding).ShouldBeTrue();
        using var answer = await world.Gateway.Http.SendAsync(request, TestContext.Current.CancellationToken).Within();
        var problem = await ShouldBeProblemAsync(answer, 415, "unsupported-media-type");
        ((string?)problem["detail"]).ShouldBe($"Bodies with Content-Encoding {encoding.Split(' ')[^1]} are not read; send the body as it is.");
        answer.Headers.GetValues("Accept-Encoding").ShouldBe(["identity"]);
    }

    [Fact]
    public async Task ABodyThatSaysItIsNotEncodedIsRead()
    {
        await using var world = await World.StartAsync(new LogBook());
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/registrations") { Content = new StringContent(Calls.Greeting, null, "application/json") };
        request.Content.Headers.TryAddWithoutValidation("Content-Encoding", "Identity").ShouldBeTrue();
        using var answer = await world.Gateway.Http.SendAsync(request, TestContext.Current.CancellationToken).Within();
        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    [Theory]
    [InlineData("wait=11m&index=x", "'wait' may be at most 10m.")]
    [InlineData("wait=soon&index=x", "'wait' must be a duration such as 30s, 1m30s, 500ms or plain seconds, at most 10m.")]
    public async Task ADurationThatIsTooLongNamesItsLimit(string query, string said)
    {
        await using var world = await World.StartAsync(new LogBook());
        using var answer = await world.Gateway.Http.CallAsync("GET", $"/v1/namespaces/shop/services/orders/instances?{query}");
        var problem = await ShouldBeProblemAsync(answer, 400, "invalid-parameter");
        problem["errors"]!.AsArray().Select(static fault => (string?)fault!["detail"]).ShouldContain(said);
    }

    [Fact]
    public async Task AnUnknownPathIsAProblemToo()
    {
        await using var world = await World.StartAsync(new LogBook());
        using var answer = await world.Gateway.Http.CallAsync("GET", "/v2/anything");
        await ShouldBeProblemAsync(answer, 404, "not-found");
    }

    [Theory]
    [InlineData("""{"status":"DOWN"}""", "/status")]
    [InlineData("""{"weight":"x","metadata":{"a":1},"port":1}""", "/weight /metadata/a /port")]
    [InlineData("[]", "")]
    public async Task ABadPatchIsRefusedByWhatIsWrongWithIt(string body, string pointers)
    {
        await using var world = await World.StartAsync(new LogBook());
        using var answer = await world.Gateway.Http.CallAsync("PATCH", "/v1/registrations/0123456789abcdef0123456789abcdef", body);
        var problem = await ShouldBeProblemAsync(answer, 422, "invalid-registration");
        Places(problem, "pointer").Where(static place => place.Length > 0).ShouldBe(pointers.Split(' ', StringSplitOptions.RemoveEmptyEntries), ignoreOrder: true);
    }

    [Fact]
    public async Task AFormNamesItsFieldsAtFault()
    {
        await using var world = await World.StartAsync(new LogBook());
        using var answer = await world.Gateway.Http.CallAsync(
            "POST", "/v1/registrations", "service=a+b&port=x&colour=red&port=2", "application/x-www-form-urlencoded");
        var problem = await ShouldBeProblemAsync(answer, 422, "invalid-registration");
        Places(problem, "pointer").Distinct().ShouldBe(["/service", "/port", "/colour"], ignoreOrder: true);
        ((string?)problem["detail"]).ShouldBe("The form is not a registration; 'errors' names every fault. Nothing was written.");
    }

    private static async Task<JsonNode> ShouldBeProblemAsync(HttpResponseMessage answer, int status, string code)
    {
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        ((int)answer.StatusCode).ShouldBe(status, text);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        var problem = JsonNode.Parse(text)!;
        ((string)problem["code"]!).ShouldBe(code, text);
        return problem;
    }

    private static IEnumerable<string> Places(JsonNode problem, string kind) =>
        problem["errors"]?.AsArray().Select(fault => (string?)fault![kind]).OfType<string>().Where(static place => place.Length > 0) ?? [];

    /// <summary>A cluster with one pod, and a gateway in Development that anyone may call for it.</summary>
    private sealed class World : IAsyncDisposable
    {
        private readonly TestRegistry _registry;

        private World(TestRegistry registry, GatewayUnderTest gateway) => (_registry, Gateway) = (registry, gateway);

        public GatewayUnderTest Gateway { get; }

        public static async Task<World> StartAsync(LogBook logs)
        {
            var registry = await TestRegistry.StartAsync();
            registry.Pod("greeter-1", "10.0.0.1");
            return new World(registry, await GatewayUnderTest.StartAsync(registry.Cluster.Url, logs: logs));
        }

        public IEnumerable<string> OwnKeys() =>
            _registry.Cluster.Storage.Get(ResourceKinds.Pods, "shop", "greeter-1")!.Copy()["metadata"]!["annotations"]?.AsObject()
                .Select(static entry => entry.Key).Where(static key => key.StartsWith("registry-gateway.io/", StringComparison.Ordinal)) ?? [];

        public async ValueTask DisposeAsync()
        {
            await Gateway.DisposeAsync();
            await _registry.DisposeAsync();
        }
    }
}
