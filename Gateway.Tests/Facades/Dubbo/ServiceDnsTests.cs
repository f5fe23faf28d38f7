using System.Net;
using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Facades.Dubbo;

/// <summary>The DNS records of a Service over HTTP.</summary>
public sealed class ServiceDnsTests
{
    private const string Dns = "/v1/namespaces/shop/services/orders/dns";

    [Fact]
    public async Task TheRecordsAreThoseOfTheServiceAsItIs()
    {
        await using var registry = await TestRegistry.StartAsync(settings: ("Kubernetes:ClusterDomain", "k8s.example"));
        await registry.Http.GetJsonAsync(Dns, HttpStatusCode.NotFound);
        registry.Small.Service();
        await registry.Gateway.State.WaitAsync(static snapshot => snapshot.Services.ContainsKey(new("shop", "orders")), Patience.Limit);
        var answer = await registry.Http.GetJsonAsync(Dns);
        answer.AsObject().Select(static member => member.Key).ShouldBe(["namespace", "service", "domain", "stale", "records"]);
        Describe(answer).ShouldBe([
            "_http._tcp.orders.shop.svc.k8s.example. SRV 80 orders.shop.svc.k8s.example.", "orders.shop.svc.k8s.example. A 10.96.0.6",
        ]);
        ((int)answer["records"]![0]!["priority"]!, (int)answer["records"]![0]!["weight"]!).ShouldBe((0, 100));

        registry.Small.Remove(ResourceKinds.Services, "orders");
        await registry.Gateway.State.WaitAsync(static snapshot => !snapshot.Services.ContainsKey(new("shop", "orders")), Patience.Limit);
        await registry.Http.GetJsonAsync(Dns, HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("EndpointSlices")]
    [InlineData("Endpoints")]
    public async Task AHeadlessServicesPodsAreItsRecords(string kind)
    {
        await using var registry = await TestRegistry.StartAsync(settings: ("Kubernetes:Endpoints", kind));
        registry.Small.Service("""{"clusterIP":"None","clusterIPs":["None"]}""");
        registry.Pod("orders-1", "10.0.0.1", labels: """{"app":"orders"}""");
        await registry.Http.LookUpUntilAsync("shop", "orders", static all => all.Count == 1 && all[0].Status() == "UP");
        await registry.Gateway.State.WaitAsync(static snapshot => snapshot.Find(new("shop", "orders")).Fallback is not null, Patience.Limit);
        Describe(await registry.Http.GetJsonAsync(Dns)).ShouldBe([
            "10-0-0-1.orders.shop.svc.cluster.local. A 10.0.0.1",
            "_http._tcp.orders.shop.svc.cluster.local. SRV 8080 10-0-0-1.orders.shop.svc.cluster.local.",
            "orders.shop.svc.cluster.local. A 10.0.0.1",
        ]);
        (await registry.Http.GetJsonAsync("/v1/namespaces/shop/services/orders/instances"))["fallback"]!.ToJsonString()
            .ShouldBe("""{"dns":"orders.shop.svc","clusterIP":null,"ports":[{"name":"http","port":8080,"protocol":"tcp"}],"internalTrafficPolicy":"Cluster","trafficDistribution":null}""");
    }

    [Fact]
    public async Task ARegistrationIsNoKubernetesService()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("orders-1", "10.0.0.1");
        await registry.RegisterAsync("orders-1", "orders");
        ((string?)(await registry.Http.GetJsonAsync(Dns, HttpStatusCode.NotFound))["code"]).ShouldBe("not-found");
        await registry.Http.GetJsonAsync(Dns + "?a=b", HttpStatusCode.BadRequest);
        await registry.Http.GetJsonAsync("/v1/namespaces/-/services/orders/dns", HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task AHostnameThatASliceGivesIsItsName()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Small.Service("""{"clusterIP":"None","clusterIPs":["None"],"selector":null}""");
        registry.Slice("orders-by-hand", "orders", """[{"addresses":["192.0.2.9"],"conditions":{"ready":true},"hostname":"db-0"}]""");
        await registry.Http.LookUpUntilAsync("shop", "orders", static all => all.Count == 1);
        await registry.Gateway.State.WaitAsync(static snapshot => snapshot.Find(new("shop", "orders")).Fallback is not null, Patience.Limit);
        Describe(await registry.Http.GetJsonAsync(Dns)).ShouldContain("db-0.orders.shop.svc.cluster.local. A 192.0.2.9");
    }

    private static IEnumerable<string> Describe(JsonNode answer) => answer["records"]!.AsArray().Select(static one =>
        string.Join(' ', new[] { one!["name"], one["type"], one["address"], one["port"], one["target"] }.Where(static part => part is not null).Select(static part => part!.ToString())));
}
