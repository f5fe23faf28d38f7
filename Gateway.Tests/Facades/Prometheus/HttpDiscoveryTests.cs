using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;
using Gateway.Tests.Api;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Facades.Prometheus;

/// <summary>What a Prometheus server with <c>http_sd_configs</c> is answered, at the gateway's own path and at Nacos'.</summary>
public sealed class HttpDiscoveryTests
{
    private const string Targets = "/prometheus/sd";
    private const string Status = "__meta_registry_gateway_status";

    [Fact]
    public async Task AnInstanceThatIsDownStaysATarget()
    {
        await using var registry = await StartAsync();
        registry.Pod("orders-1", "10.0.0.1");
        registry.Pod("orders-2", "fd00::2");
        await registry.RegisterAsync("orders-1", "orders");
        await registry.RegisterAsync("orders-2", "orders");
        var up = await registry.Http.GetJsonAsync(Targets);
        up.AsArray().SelectMany(static group => group!["targets"]!.AsArray()).Select(static target => (string?)target).ShouldBe(["10.0.0.1:8080", "[fd00::2]:8080"], ignoreOrder: true);
        up.AsArray().Select(static group => (string?)group!["labels"]![Status]).ShouldBe(["UP", "UP"]);

        registry.Cluster.Player.SetReady("shop", "orders-1", false);
        var after = await registry.Http.JsonUntilAsync(Targets, static groups => groups.AsArray().Any(static group => (string?)group!["labels"]![Status] == "STARTING"));
        after.AsArray().Count.ShouldBe(2);
        (await registry.Http.GetJsonAsync(Targets + "?status=UP")).AsArray().Count.ShouldBe(1);
        (await registry.Http.GetJsonAsync(Targets)).ToJsonString().ShouldBe(after.ToJsonString(), "the order is the same for as long as nothing changes");
    }

    [Fact]
    public async Task ItIsAnEmptyListOfTheTypeThatPrometheusAsksFor()
    {
        await using var registry = await StartAsync();
        foreach (var path in (string[])[Targets, Targets + "/", "/ns/shop/prometheus/sd", Targets + "?service=none", "/nacos/prometheus", "/nacos/prometheus/namespaceId/shop/service/none"])
        {
            using var answer = await registry.Http.CallAsync("GET", path, headers: ("X-Prometheus-Refresh-Interval-Seconds", "60"));
            ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync()).ShouldBe((200, "[]"), path);
            answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/json", path);
        }
    }

    [Fact]
    public async Task BeforeTheFirstSyncItIsRefusedAndNotEmpty()
    {
        await using var gateway = await GatewayUnderTest.StartAsync(
            new Uri($"http://127.0.0.1:{LoopbackPort.Free()}"), [KeyValuePair.Create("Facades:Namespace", (string?)"shop")], synced: false);
        foreach (var path in (string[])[Targets, "/nacos/prometheus"])
        {
            using var answer = await gateway.Http.CallAsync("GET", path);
            answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable, path);
            answer.Headers.RetryAfter.ShouldNotBeNull(path);
        }
    }

    [Fact]
    public async Task ServiceAndPortAreChosenByTheQuery()
    {
        await using var registry = await StartAsync();
        registry.Pod("orders-1", "10.0.0.1");
        registry.Pod("users-1", "10.0.0.2");
        await registry.Http.RegisterAsync(new
        {
            @namespace = "shop",
            pod = "orders-1",
            service = "orders",
            port = 8080,
            container = "app",
            ports = new[] { new { name = "metrics", port = 9090, protocol = "http" } },
        });
        await registry.RegisterAsync("users-1", "users");

        (await TargetsAsync(registry, "")).ShouldBe(["10.0.0.1:8080", "10.0.0.2:8080"]);
        (await TargetsAsync(registry, "?service=users")).ShouldBe(["10.0.0.2:8080"]);
        (await TargetsAsync(registry, "?service=users&service=orders&port=metrics")).ShouldBe(["10.0.0.1:9090"]);
        (await TargetsAsync(registry, "?port=9090&namespace=shop")).ShouldBe(["10.0.0.1:9090"]);
    }

    [Theory]
    [InlineData("?nonsense=1", 400)]
    [InlineData("?status=FINE", 400)]
    [InlineData("?port=a&port=b", 400)]
    [InlineData("?namespace=..%2Fother", 400)]
    [InlineData("?namespace=billing", 422)]
    public async Task WhatCannotBeMeantIsRefused(string query, int status)
    {
        await using var registry = await TestRegistry.StartAsync(settings: [("Kubernetes:Namespaces:0", "shop"), ("Facades:Namespace", "shop")]);
        using var answer = await registry.Http.CallAsync("GET", Targets + query);
        ((int)answer.StatusCode).ShouldBe(status, await answer.Content.ReadAsStringAsync());
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
    }

    [Fact]
    public async Task ItIsNeverAUnionAndNeverOfTheSystem()
    {
        await using var registry = await TestRegistry.StartAsync();
        ((int)(await registry.Http.CallAsync("GET", Targets)).StatusCode).ShouldBe(400, "no namespace is said");
        foreach (var path in (string[])[Targets + "?namespace=kube-system", "/nacos/prometheus/namespaceId/kube-system"])
            ((int)(await registry.Http.CallAsync("GET", path)).StatusCode).ShouldBeInRange(400, 499, path);
        var nacos = JsonNode.Parse(await (await registry.Http.CallAsync("GET", "/nacos/prometheus")).Content.ReadAsStringAsync())!;
        ((int)nacos["code"]!).ShouldBe(10000);
        nacos["message"]!.ToString().ShouldNotBeEmpty();
    }

    [Fact]
    public async Task ATokenIsTakenAsBearerOrAsThePasswordOfBasic()
    {
        await using var registry = await TestRegistry.StartAsync(settings: [("Access:Lookup", "Rbac"), ("Facades:Namespace", "shop")]);
        registry.Small.Create(ResourceKinds.ServiceAccounts, """{"metadata":{"name":"prometheus","namespace":"shop"}}""");
        var token = registry.Cluster.IssueToken("shop", "prometheus", audiences: ["registry-gateway"]);
        string Basic(string password) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("prometheus:" + password));
        foreach (var path in (string[])[Targets, "/nacos/prometheus"])
        {
            (await registry.Http.CallAsync("GET", path)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized, path);
            foreach (var (authorization, expected) in new[] { ("Bearer " + token, 200), (Basic(token), 200), ("Bearer wrong", 401), (Basic("wrong"), 401), ("Basic !", 401) })
            {
                using var answer = await registry.Http.CallAsync("GET", path, headers: ("Authorization", authorization));
                var status = (int)answer.StatusCode;
                (status == 403 ? 401 : status).ShouldBe(expected, $"{path} {authorization[..6]} {await answer.Content.ReadAsStringAsync()}");
            }
        }
    }

    [Fact]
    public async Task NacosPathsShowTheMetadataAsLabels()
    {
        await using var registry = await StartAsync(("Facades:Aliases:7f1c", "shop"));
        registry.Pod("orders-1", "10.0.0.1");
        await registry.Http.RegisterAsync(new { @namespace = "shop", pod = "orders-1", service = "orders", port = 8080, container = "app", metadata = new Dictionary<string, string> { ["app.env"] = "prod" } });
        foreach (var path in (string[])["", "/namespaceId/shop", "/namespaceId/7f1c", "/namespaceId/shop/service/orders", "/namespaceId/7f1c/service/orders/"])
        {
            (await registry.Http.GetJsonAsync("/nacos/prometheus" + path)).ToJsonString()
                .ShouldBe("""[{"targets":["10.0.0.1:8080"],"labels":{"__meta_clusterName":"DEFAULT","app_env":"prod"}}]""", path);
        }
    }

    [Fact]
    public async Task ItIsOffWhereItIsSwitchedOff()
    {
        await using var registry = await StartAsync(("Facades:Prometheus", "false"), ("Facades:Nacos", "false"));
        foreach (var path in (string[])[Targets, "/nacos/prometheus"])
            (await registry.Http.CallAsync("GET", path)).StatusCode.ShouldBe(HttpStatusCode.NotFound, path);
    }

    private static Task<TestRegistry> StartAsync(params (string Key, string Value)[] settings) => TestRegistry.StartAsync(settings: [("Facades:Namespace", "shop"), .. settings]);

    private static async Task<IEnumerable<string>> TargetsAsync(TestRegistry registry, string query) =>
        (await registry.Http.GetJsonAsync(Targets + query)).AsArray().SelectMany(static group => group!["targets"]!.AsArray()).Select(static target => (string)target!).Order(StringComparer.Ordinal);
}
