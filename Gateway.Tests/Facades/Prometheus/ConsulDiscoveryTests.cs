using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Gateway.Tests.Api;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Facades.Prometheus;

/// <summary>
/// What a Prometheus server with <c>consul_sd_configs</c> asks, in its order: the agent's datacenter, the names of services, each service's instances; the last
/// two as blocking queries of two minutes. Its Go client reads the index and the last contact of every answer.
/// </summary>
public sealed class ConsulDiscoveryTests
{
    private const string Asked = "stale=&wait=120000ms";

    [Fact]
    public async Task TheDatacenterIsAText()
    {
        await using var registry = await StartAsync();
        var (self, _) = await ReadAsync(registry.Http, "/v1/agent/self");

        self["Config"]!["Datacenter"]!.GetValue<string>().ShouldNotBeEmpty();
    }

    [Fact]
    public async Task ServicesAndTheirInstancesAreFound()
    {
        await using var registry = await StartAsync();
        await RegisterAsync(registry, "orders-1", "10.0.0.1");

        var (names, index) = await ReadAsync(registry.Http, $"/v1/catalog/services?{Asked}");
        index.ShouldBeGreaterThan(0UL);
        names.AsObject()["orders"]!.AsArray().ShouldAllBe(static tag => tag!.GetValue<string>().Length > 0);

        var (entries, _) = await ReadAsync(registry.Http, $"/v1/health/service/orders?{Asked}");
        var entry = entries.AsArray().ShouldHaveSingleItem()!;
        entry["Service"]!["Address"]!.GetValue<string>().ShouldBe("10.0.0.1");
        entry["Service"]!["Port"]!.GetValue<int>().ShouldBe(8080);
        entry["Service"]!["ID"]!.GetValue<string>().ShouldNotBeEmpty();
        entry["Service"]!["Service"]!.GetValue<string>().ShouldBe("orders");
        entry["Service"]!["Meta"]!["lane"]!.GetValue<string>().ShouldBe("blue");
        entry["Service"]!["Tags"].ShouldBeOfType<JsonArray>();
        entry["Node"]!["Node"]!.GetValue<string>().ShouldBe("orders-1");
        entry["Node"]!["Address"]!.GetValue<string>().ShouldBe("10.0.0.1");
        entry["Node"]!["Datacenter"]!.GetValue<string>().ShouldNotBeEmpty();
        entry["Node"]!["Meta"].ShouldBeOfType<JsonObject>();
        entry["Node"]!["TaggedAddresses"].ShouldBeOfType<JsonObject>();
        entry["Checks"]!.AsArray().ShouldAllBe(static check => check!["Status"]!.GetValue<string>() == "passing");
    }

    [Fact]
    public async Task AnInstanceThatIsNotReadyStaysATargetAndIsCritical()
    {
        await using var registry = await StartAsync();
        await RegisterAsync(registry, "orders-1", "10.0.0.1");
        registry.Cluster.Player.SetReady("shop", "orders-1", false);

        // Prometheus asks without passing, so that up == 0 goes on.
        var entries = await registry.Http.JsonUntilAsync(
            $"/v1/health/service/orders?{Asked}",
            static entries => entries.AsArray().Any(static entry => entry!["Checks"]!.AsArray().Any(static check => (string?)check!["Status"] == "critical")));
        entries.AsArray().Count.ShouldBe(1);
    }

    [Fact]
    public async Task ABlockingQueryAnswersAtTheNextChange()
    {
        await using var registry = await StartAsync();
        await RegisterAsync(registry, "orders-1", "10.0.0.1");
        var (_, of) = await ReadAsync(registry.Http, "/v1/catalog/services?" + Asked);
        var (_, last) = await ReadAsync(registry.Http, "/v1/health/service/orders?" + Asked);

        var names = ReadAsync(registry.Http, $"/v1/catalog/services?{Asked}&index={of}");
        var instances = ReadAsync(registry.Http, $"/v1/health/service/orders?{Asked}&index={last}");
        registry.Pod("orders-2", "10.0.0.2");
        await registry.RegisterAsync("orders-2", "orders");
        await RegisterAsync(registry, "orders-2", "10.0.0.2", "users", isNew: false);

        var (changed, next) = await instances;
        next.ShouldBeGreaterThan(last);
        changed.AsArray().Count.ShouldBe(2);
        (await names).Index.ShouldBeGreaterThan(of);
        await registry.Http.JsonUntilAsync("/v1/catalog/services?" + Asked, static names => names["users"] is not null);
    }

    [Fact]
    public async Task TagsNodeMetaAndFilterAreTaken()
    {
        await using var registry = await StartAsync();
        await RegisterAsync(registry, "orders-1", "10.0.0.1");

        (await ReadAsync(registry.Http, $"/v1/health/service/orders?{Asked}&tag=none")).Body.AsArray().ShouldBeEmpty();
        (await ReadAsync(registry.Http, $"/v1/health/service/orders?{Asked}&node-meta=no:such")).Body.AsArray().ShouldBeEmpty();
        (await ReadAsync(registry.Http, $"/v1/health/service/orders?{Asked}&filter={Uri.EscapeDataString("Service.Meta.lane == \"blue\"")}")).Body.AsArray().Count.ShouldBe(1);
        (await ReadAsync(registry.Http, $"/v1/health/service/orders?{Asked}&filter={Uri.EscapeDataString("Service.Meta.lane == \"red\"")}")).Body.AsArray().ShouldBeEmpty();
        (await ReadAsync(registry.Http, $"/v1/catalog/services?{Asked}&node-meta=no:such")).Body.AsObject().ContainsKey("orders").ShouldBeFalse();
        (await ReadAsync(registry.Http, $"/v1/health/service/none?{Asked}")).Body.AsArray().ShouldBeEmpty();
    }

    private static Task<TestRegistry> StartAsync() => TestRegistry.StartAsync(settings: [("Facades:Namespace", "shop")]);

    private static async Task RegisterAsync(TestRegistry registry, string pod, string address, string service = "orders", bool isNew = true)
    {
        if (isNew)
            registry.Pod(pod, address);
        await registry.Http.RegisterAsync(new
        {
            @namespace = "shop",
            pod,
            service,
            port = 8080,
            container = "app",
            metadata = new Dictionary<string, string> { ["lane"] = "blue" },
        });
    }

    private static async Task<(JsonNode Body, ulong Index)> ReadAsync(HttpClient http, string path)
    {
        using var answer = await http.CallAsync("GET", path, headers: ("User-Agent", "Prometheus/3.5.0"));
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, $"{path}: {text}");
        if (path.StartsWith("/v1/agent/", StringComparison.Ordinal))
            return (JsonNode.Parse(text)!, 0);
        answer.Headers.GetValues("X-Consul-KnownLeader").ShouldBe(["true"], path);
        ulong.TryParse(answer.Headers.GetValues("X-Consul-LastContact").Single(), NumberStyles.None, CultureInfo.InvariantCulture, out _).ShouldBeTrue(path);
        return (JsonNode.Parse(text)!, ulong.Parse(answer.Headers.GetValues("X-Consul-Index").Single(), CultureInfo.InvariantCulture));
    }
}
