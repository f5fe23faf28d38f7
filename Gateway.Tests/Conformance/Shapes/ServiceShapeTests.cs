using System.Text.Json.Nodes;
using Gateway.Tests.Conformance.Planes;
using Gateway.Tests.Conformance.Registering;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Conformance.Shapes;

/// <summary>Every shape of Service: what is listed in each mode, beside what kube-proxy routes to.</summary>
public sealed class ServiceShapeTests(ControlPlanes planes)
{
    [Theory]
    [ControlPlanes(ControlPlaneNeeds.Controllers,
        "ClusterIP", "headless", "headless without ports", "ExternalName", "without a Service", "without a selector, a slice by hand", "publishNotReadyAddresses",
        "several ports of one number", "named targetPorts that differ by pod", "host network", "terminating with serving, beside a ready one",
        "nothing but terminating with serving", "mirrored Endpoints, readiness by port", "slices of names and of a family that the Service has not",
        "an endpoint in two slices during a rolling update", "two ports null", "a slice of a pod that does not exist", "a frozen slice of a pod that is not ready")]
    [ControlPlanes(ControlPlaneNeeds.Controllers | ControlPlaneNeeds.DualStack, "dual stack, IPv4 first", "dual stack, IPv6 first", "IPv6 only, pods with IPv4 first")]
    public async Task EachIsListedAsTheTableSays(ControlPlaneCase on, string name)
    {
        var shape = ServiceShape.All[name];
        await using var cluster = await planes.OpenAsync(on);
        await shape.Arrange(cluster);

        // Controllers are behind by a moment: what kube-proxy would route to says when they are done.
        var service = await cluster.Api.GetAsync($"{cluster.Services}/orders");
        var pods = (await cluster.Api.GetAsync(cluster.Pods)).Expect(200).Items();
        if (service.Status == 200)
        {
            var body = service.Expect(200);
            await cluster.WaitForSlicesAsync("orders", slices => Routes(body, slices, pods).SequenceEqual(shape.KubeProxy.Order()));
        }

        await ListsAsync(cluster, "EndpointSlices", shape.Slices);
        await ListsAsync(cluster, "Endpoints", shape.Endpoints);
    }

    [Fact]
    public void TheTableHasNoRowThatIsNotRun()
    {
        var run = typeof(ServiceShapeTests).GetMethod(nameof(EachIsListedAsTheTableSays))!.CustomAttributes
            .Where(static one => one.AttributeType == typeof(ControlPlanesAttribute))
            .SelectMany(static one => (IEnumerable<System.Reflection.CustomAttributeTypedArgument>)one.ConstructorArguments[1].Value!)
            .Select(static one => (string)one.Value!);
        run.ShouldBe(ServiceShape.All.Keys, ignoreOrder: true);
    }

    [Theory]
    [ControlPlanes(ControlPlaneNeeds.Controllers, 1, 99, 1_000, 5_000)]
    public async Task ManyEndpointsAreListedWhole(ControlPlaneCase on, int count)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddServiceAsync("many", """{"selector":null}""");
        foreach (var chunk in Enumerable.Range(0, count).Chunk(1_000))
        {
            JsonArray endpoints = [.. chunk.Select(static number => new JsonObject { ["addresses"] = new JsonArray($"10.9.{number / 250}.{(number % 250) + 1}") })];
            (await cluster.Api.PostAsync(cluster.Slices, new JsonObject
            {
                ["metadata"] = new JsonObject { ["name"] = $"many-{chunk[0]}", ["labels"] = new JsonObject { ["kubernetes.io/service-name"] = "many" } },
                ["addressType"] = "IPv4",
                ["ports"] = JsonNode.Parse("""[{"name":"http","port":8080,"protocol":"TCP"}]"""),
                ["endpoints"] = endpoints,
            })).Expect(201);
        }

        await using var gateway = await GatewayOnPlane.StartAsync(cluster);
        var all = await gateway.Http.LookUpUntilAsync(cluster.Namespace, "many", all => all.Count == count, "");
        all.Select(static one => (string)one["address"]!).Distinct().Count().ShouldBe(count);
    }

    /// <summary>The Endpoints of a Service hold 1,000 addresses at most (over-capacity: truncated); its slices hold all.</summary>
    [Theory, ControlPlanes(ControlPlaneNeeds.Controllers)]
    public async Task InEndpointsModeAServiceIsCutAtAThousandAddresses(ControlPlaneCase on)
    {
        const int Pods = 1_003;
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddServiceAsync();
        await cluster.AddNodeAsync("node-1");
        await Parallel.ForAsync(0, Pods, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (number, _) => await cluster.AddPodAsync($"orders-{number}"));

        await using var slices = await GatewayOnPlane.StartAsync(cluster);
        await using var endpoints = await GatewayOnPlane.StartAsync(cluster, ("Kubernetes:Endpoints", "Endpoints"));
        (await slices.Http.LookUpUntilAsync(cluster.Namespace, "orders", static all => all.Count == Pods)).Count.ShouldBe(Pods);
        (await endpoints.Http.LookUpUntilAsync(cluster.Namespace, "orders", static all => all.Count == 1_000)).Count.ShouldBe(1_000);
    }

    private static async Task ListsAsync(TestCluster cluster, string mode, string[] expected)
    {
        await using var gateway = await GatewayOnPlane.StartAsync(cluster, ("Kubernetes:Endpoints", mode));
        IReadOnlyList<JsonNode> found = [];
        try
        {
            await gateway.Http.LookUpUntilAsync(cluster.Namespace, "orders", all =>
            {
                found = all;
                return all.Select(Shown).Order().SequenceEqual(expected.Order());
            });
        }
        catch (OperationCanceledException)
        {
            found.Select(Shown).Order().ShouldBe(expected.Order(), mode);
        }
    }

    private static string Shown(JsonNode instance)
    {
        var ports = string.Join(',', instance["ports"]!.AsArray().Select(static port => $"{port!["name"]}:{port["port"]}/{port["protocol"]}"));
        var family = instance.Text("address")!.Contains(':') ? " (IPv6)" : "";
        return $"{instance.Text("pod", "name") ?? instance.Text("address")}{family} {(ports.Length == 0 ? "-" : ports)} {instance.Status()}";
    }

    /// <summary>By pod, so that both families of one are one.</summary>
    private static IEnumerable<string> Routes(JsonObject service, IReadOnlyList<JsonObject> slices, IReadOnlyList<JsonObject> pods) =>
        KubeProxy.Routes(service, slices).Select(route => $"{PodOf(pods, route.Address)?.Name() ?? route.Address} {route.Port}").Distinct().Order();

    private static JsonObject? PodOf(IReadOnlyList<JsonObject> pods, string address) =>
        pods.FirstOrDefault(pod => pod.Array("status", "podIPs").Any(one => one.Text("ip") == address));
}
