using System.Text;
using System.Text.Json.Nodes;
using Gateway.Emulator;
using Gateway.Emulator.Storage;

namespace Gateway.Tests.Emulator.Demo;

public sealed class DemoClusterTests
{
    [Fact]
    public async Task NodesStandInThreeZones()
    {
        await using var cluster = await StartAsync();
        cluster.Storage.List(ResourceKinds.Nodes).Select(static node => $"{node.Name} {node.Labels["topology.kubernetes.io/zone"]}")
            .ShouldBe(["node-1 zone-a", "node-2 zone-b", "node-3 zone-c"]);
    }

    [Fact]
    public async Task PodsHaveTheSameNamesAndAddressesAtEveryStart()
    {
        await using var first = await StartAsync();
        await using var second = await StartAsync();
        var pods = Addresses(first);
        pods.Count.ShouldBe(20);
        pods["shop/orders-1"].ShouldBe("10.244.1.11");
        pods["shop/orders-2"].ShouldBe("10.244.2.12");
        pods["billing/payments-3"].ShouldBe("10.244.3.83");
        pods.Values.Distinct().Count().ShouldBe(pods.Count);
        Addresses(second).ShouldBe(pods);
    }

    [Fact]
    public async Task EveryPodIsReadyOnANodeAndInTheSliceOfItsService()
    {
        await using var cluster = await StartAsync();
        var endpoints = cluster.Storage.List(ResourceKinds.EndpointSlices)
            .SelectMany(static slice => slice.Content["endpoints"]!.AsArray().Select(endpoint => $"{slice.Namespace}/{endpoint!["targetRef"]!["name"]} {endpoint["conditions"]!["ready"]} {endpoint["zone"]}"))
            .ToList();
        endpoints.ShouldContain("shop/orders-1 true zone-a");
        endpoints.ShouldContain("shop/orders-2 true zone-b");
        endpoints.ShouldContain("billing/payments-3 true zone-c");
        endpoints.Count.ShouldBe(18);
        foreach (var pod in cluster.Storage.List(ResourceKinds.Pods))
        {
            ((string?)pod.Content["status"]!["phase"]).ShouldBe("Running");
            cluster.Storage.Get(ResourceKinds.ServiceAccounts, pod.Namespace, (string)pod.Content["spec"]!["serviceAccountName"]!).ShouldNotBeNull();
        }
    }

    [Fact]
    public async Task ServicesAreOfEveryKindThatALookupMeets()
    {
        await using var cluster = await StartAsync();
        cluster.Storage.List(ResourceKinds.Services).Where(static service => service.Namespace is "shop" or "billing").Select(static service => service.Key.ToString())
            .ShouldBe(["billing/invoices", "billing/ledger", "billing/payments", "shop/carts", "shop/catalog", "shop/inventory", "shop/orders"], ignoreOrder: true);
        ((string?)Service(cluster, "billing", "payments")["clusterIP"]).ShouldBe("None");
        ((string?)Service(cluster, "billing", "ledger")["type"]).ShouldBe("ExternalName");
        Service(cluster, "shop", "catalog")["ports"]!.AsArray().Select(static port => (string?)port!["name"]).ShouldBe(["http", "grpc"]);
        cluster.Storage.List(ResourceKinds.EndpointSlices)
            .Single(static slice => slice.Labels["kubernetes.io/service-name"] == "payments").Content["endpoints"]!.AsArray()
            .Select(static endpoint => (string?)endpoint!["hostname"]).ShouldBe(["payments-1", "payments-2", "payments-3"], ignoreOrder: true);
    }

    [Theory]
    [InlineData("greeter-1", "dubbo.io", "dubbo.io.provider", "dubbo://10.244.1.41:20880/com.example.GreetingService?")]
    [InlineData("stock-1", "app.io", "app.io-value", "rest://10.244.1.61:8080/com.example.StockService?")]
    public async Task RegisteredPodNamesItsOwnAddress(string name, string prefix, string label, string url)
    {
        await using var cluster = await StartAsync();
        var pod = cluster.Storage.Get(ResourceKinds.Pods, "shop", name)!;
        pod.Labels[$"{prefix}/label"].ShouldBe(label);
        var base64 = ((string)pod.Content["metadata"]!["annotations"]![$"{prefix}/annotation"]!).Replace('-', '+').Replace('_', '/');
        var records = JsonNode.Parse(Encoding.UTF8.GetString(Convert.FromBase64String(base64)))!.AsArray();
        Uri.UnescapeDataString((string)records[^1]!["k"]!).ShouldContain("/providers/" + url);
        url.ShouldContain((string)pod.Content["status"]!["podIP"]!);
    }

    [Fact]
    public async Task DubboJavaPodCarriesAFlatMapOfStrings()
    {
        await using var cluster = await StartAsync();
        var annotation = (string)cluster.Storage.Get(ResourceKinds.Pods, "shop", "inventory-1")!.Content["metadata"]!["annotations"]!["io.dubbo/metadata"]!;
        var metadata = JsonNode.Parse(annotation)!.AsObject();
        metadata.ShouldAllBe(static pair => pair.Value!.GetValueKind() == System.Text.Json.JsonValueKind.String);
        ((int)JsonNode.Parse((string)metadata["dubbo.endpoints"]!)![0]!["port"]!).ShouldBe(20880);
    }

    private static Task<EmulatedCluster> StartAsync() => EmulatedCluster.StartAsync(
        new EmulatorOptions { Url = "http://127.0.0.1:0" }, cancellationToken: TestContext.Current.CancellationToken);

    private static JsonNode Service(EmulatedCluster cluster, string ns, string name) => cluster.Storage.Get(ResourceKinds.Services, ns, name)!.Content["spec"]!;

    private static Dictionary<string, string> Addresses(EmulatedCluster cluster) =>
        cluster.Storage.List(ResourceKinds.Pods).ToDictionary(static pod => pod.Key.ToString(), static pod => (string)pod.Content["status"]!["podIP"]!);
}
