using System.Text.Json.Nodes;
using Gateway.Tests.Conformance.Planes;

namespace Gateway.Tests.Conformance.Derived;

/// <summary>The slices that the controller derives from Services, pods and nodes.</summary>
public sealed class EndpointSliceTests(ControlPlanes planes)
{
    [Theory, ControlPlanes(ControlPlaneNeeds.Controllers)]
    public async Task AServiceHasASliceEvenWithoutAPod(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var service = await cluster.AddServiceAsync();

        var slice = (await cluster.WaitForSlicesAsync("orders", static slices => slices.Count == 1))[0];

        slice.Array("endpoints").ShouldBeEmpty();
        slice.Text("addressType").ShouldBe("IPv4");
        slice.Name().ShouldStartWith("orders-");
        slice.Text("metadata", "generateName").ShouldBe("orders-");
        slice.Text("metadata", "labels", "endpointslice.kubernetes.io/managed-by").ShouldBe("endpointslice-controller.k8s.io");
        var owner = slice.Array("metadata", "ownerReferences").ShouldHaveSingleItem();
        (owner.Text("kind"), owner.Text("name"), owner.Uid(), owner.Text("uid")).ShouldBe(("Service", "orders", "", service.Uid()));
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.Controllers)]
    public async Task AReadyPodIsAnEndpointWithItsNodeAndZone(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var node = await cluster.AddNodeAsync("node-1", "zone-b");
        await cluster.AddServiceAsync();
        var pod = await cluster.AddPodAsync(new PodShape("orders-1") { Node = node });

        var slice = await SliceAsync(cluster, endpoints => endpoints is [var only] && only.Flag("conditions", "ready") == true);

        var endpoint = slice.Array("endpoints")[0];
        Texts(endpoint["addresses"]).ShouldBe([pod.Text("status", "podIP")]);
        Conditions(endpoint).ShouldBe("ready:true serving:true terminating:false");
        endpoint.Text("nodeName").ShouldBe(node);
        endpoint.Text("zone").ShouldBe("zone-b");
        (endpoint.Text("targetRef", "kind"), endpoint.Text("targetRef", "namespace"), endpoint.Text("targetRef", "name"), endpoint.Text("targetRef", "uid"))
            .ShouldBe(("Pod", cluster.Namespace, "orders-1", pod.Uid()));
        var port = slice.Array("ports").ShouldHaveSingleItem();
        (port.Text("name"), port.Number("port"), port.Text("protocol")).ShouldBe(("http", 8080L, "TCP"));
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.Controllers)]
    public async Task APodThatIsNotReadyIsAnEndpointThatDoesNotServe(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddServiceAsync();
        await cluster.AddPodAsync(new PodShape("orders-1") { IsReady = false });
        await ExpectAsync(cluster, "orders-1 ready:false serving:false terminating:false");
        await cluster.SetReadyAsync("orders-1", isReady: true);
        await ExpectAsync(cluster, "orders-1 ready:true serving:true terminating:false");
        await cluster.SetReadyAsync("orders-1", isReady: false);
        await ExpectAsync(cluster, "orders-1 ready:false serving:false terminating:false");
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.Controllers)]
    public async Task ATerminatingPodServesButIsNotReady(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddServiceAsync();
        await cluster.AddPodAsync("orders-1");
        await cluster.AddPodAsync("orders-2");
        await cluster.TerminateAsync("orders-1");
        await ExpectAsync(cluster, "orders-1 ready:false serving:true terminating:true", "orders-2 ready:true serving:true terminating:false");
        await cluster.SetReadyAsync("orders-1", isReady: false);
        await ExpectAsync(cluster, "orders-1 ready:false serving:false terminating:true", "orders-2 ready:true serving:true terminating:false");
        await cluster.RemovePodAsync("orders-1");
        await ExpectAsync(cluster, "orders-2 ready:true serving:true terminating:false");
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.Controllers)]
    public async Task WithPublishNotReadyAddressesEverybodyIsReady(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddServiceAsync(spec: """{"publishNotReadyAddresses":true}""");
        await cluster.AddPodAsync(new PodShape("orders-1") { IsReady = false });
        await cluster.AddPodAsync("orders-2");
        await cluster.TerminateAsync("orders-2");
        await ExpectAsync(cluster, "orders-1 ready:true serving:false terminating:false", "orders-2 ready:true serving:true terminating:true");
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.Controllers)]
    public async Task PodsWithoutAnAddressOrThatHaveEndedAreLeftOut(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddServiceAsync();
        await cluster.AddPodAsync(new PodShape("pending") { Phase = "Pending", Addresses = [], IsReady = false });
        await cluster.AddPodAsync(new PodShape("failed") { Phase = "Failed", IsReady = false });
        await cluster.AddPodAsync(new PodShape("succeeded") { Phase = "Succeeded", IsReady = false });
        await cluster.AddPodAsync(new PodShape("other") { Labels = new Dictionary<string, string> { ["app"] = "carts" } });
        await cluster.AddPodAsync("orders-1");
        await ExpectAsync(cluster, "orders-1 ready:true serving:true terminating:false");
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.Controllers)]
    public async Task APodOnAnUnknownNodeIsLeftOut(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddServiceAsync();
        await cluster.AddPodAsync(new PodShape("lost") { Node = "no-such-node" });
        await cluster.AddPodAsync("orders-1");
        await ExpectAsync(cluster, "orders-1 ready:true serving:true terminating:false");
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.Controllers)]
    public async Task APodWithoutANodeIsLeftOut(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddServiceAsync();
        await cluster.AddPodAsync(new PodShape("unbound") { Node = "" });
        await cluster.AddPodAsync("orders-1");
        await ExpectAsync(cluster, "orders-1 ready:true serving:true terminating:false");
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.Controllers)]
    public async Task ANamedTargetPortIsEachPodsOwn(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddServiceAsync(spec: """{"ports":[{"name":"http","port":80,"targetPort":"web"}]}""");
        await cluster.AddPodAsync(new PodShape("orders-1") { Ports = new Dictionary<string, int> { ["web"] = 8080 } });
        await cluster.AddPodAsync(new PodShape("orders-2") { Ports = new Dictionary<string, int> { ["web"] = 9090 } });
        await cluster.AddPodAsync(new PodShape("orders-3") { Ports = new Dictionary<string, int> { ["web"] = 8080 } });

        var slices = await cluster.WaitForSlicesAsync("orders", static slices => slices.Sum(static slice => slice.Array("endpoints").Count) == 3
            && slices.Count(static slice => slice.Array("endpoints").Count > 0) == 2);

        var byPort = slices.Where(static slice => slice.Array("endpoints").Count > 0).ToDictionary(
            static slice => slice.Array("ports")[0].Number("port")!.Value, static slice => Names(slice));
        byPort[8080].ShouldBe("orders-1 orders-3");
        byPort[9090].ShouldBe("orders-2");
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.Controllers)]
    public async Task APodWithoutTheNamedPortIsAnEndpointWithoutPorts(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddServiceAsync(spec: """{"ports":[{"name":"http","port":80,"targetPort":"web"}]}""");
        await cluster.AddPodAsync(new PodShape("orders-1") { Ports = new Dictionary<string, int> { ["other"] = 8080 } });
        var slices = await cluster.WaitForSlicesAsync("orders", static slices => slices.Any(static slice => slice.Array("endpoints").Count == 1));
        slices.Single(static slice => slice.Array("endpoints").Count == 1).Array("ports").ShouldBeEmpty();
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.Controllers)]
    public async Task SeveralPortsKeepTheirNamesAndProtocols(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddServiceAsync(spec: """
            {"ports":[{"name":"http","port":80,"targetPort":8080,"appProtocol":"http"},{"name":"grpc","port":90,"targetPort":9090,"appProtocol":"kubernetes.io/h2c"},
                      {"name":"dns","port":53,"protocol":"UDP"}]}
            """);
        await cluster.AddPodAsync("orders-1");
        var slice = await SliceAsync(cluster, static endpoints => endpoints.Count == 1);
        slice.Array("ports").Select(static port => $"{port.Text("name")} {port.Number("port")} {port.Text("protocol")} {port.Text("appProtocol")}".TrimEnd()).Order()
            .ShouldBe(["dns 53 UDP", "grpc 9090 TCP kubernetes.io/h2c", "http 8080 TCP http"]);
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.Controllers)]
    public async Task AnUnnamedPortHasAnEmptyName(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddServiceAsync(spec: """{"ports":[{"port":80,"targetPort":8080}]}""");
        await cluster.AddPodAsync("orders-1");
        var slice = await SliceAsync(cluster, static endpoints => endpoints.Count == 1);
        slice.Array("ports")[0].Text("name").ShouldBe("");
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.Controllers)]
    public async Task AHeadlessServiceHasASliceThatSaysSoAndHostnames(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddServiceAsync(spec: """{"clusterIP":"None"}""");
        await cluster.AddPodAsync(new PodShape("orders-1") { Spec = """{"hostname":"first","subdomain":"orders"}""" });
        await cluster.AddPodAsync(new PodShape("orders-2") { Spec = """{"hostname":"second","subdomain":"elsewhere"}""" });
        var slice = await SliceAsync(cluster, static endpoints => endpoints.Count == 2);
        slice.Text("metadata", "labels", "service.kubernetes.io/headless").ShouldBe("");
        slice.Array("endpoints").ToDictionary(static endpoint => endpoint.Text("targetRef", "name")!, static endpoint => endpoint.Text("hostname"))
            .ShouldBe(new Dictionary<string, string?> { ["orders-1"] = "first", ["orders-2"] = null }, ignoreOrder: true);
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.Controllers)]
    public async Task AHeadlessServiceMayHaveNoPorts(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddServiceAsync(spec: """{"clusterIP":"None","ports":null}""");
        await cluster.AddPodAsync("orders-1");
        var slice = await SliceAsync(cluster, static endpoints => endpoints.Count == 1);
        slice.Array("ports").ShouldBeEmpty();
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.Controllers)]
    public async Task LabelsOfTheServiceAreThoseOfItsSlices(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddServiceAsync();
        (await cluster.Api.PatchAsync($"{cluster.Services}/orders", """{"metadata":{"labels":{"team":"shop"}}}""")).Expect(200);
        await cluster.WaitForSlicesAsync("orders", static slices => slices is [var slice] && slice.Text("metadata", "labels", "team") == "shop");
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.Controllers)]
    public async Task APodFollowsItsLabels(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddServiceAsync();
        await cluster.AddServiceAsync("carts");
        await cluster.AddPodAsync("orders-1");
        await ExpectAsync(cluster, "orders-1 ready:true serving:true terminating:false");
        (await cluster.Api.PatchAsync(cluster.Pod("orders-1"), """{"metadata":{"labels":{"app":"carts"}}}""")).Expect(200);
        await ExpectAsync(cluster);
        await cluster.WaitForSlicesAsync("carts", static slices => slices is [var slice] && Names(slice) == "orders-1");
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.Controllers)]
    public async Task AServiceFollowsItsSelector(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddServiceAsync();
        await cluster.AddPodAsync("orders-1");
        await cluster.AddPodAsync(new PodShape("orders-2") { Labels = new Dictionary<string, string> { ["app"] = "orders", ["tier"] = "web" } });
        await cluster.WaitForSlicesAsync("orders", static slices => slices is [var slice] && Names(slice) == "orders-1 orders-2");
        (await cluster.Api.PatchAsync($"{cluster.Services}/orders", """{"spec":{"selector":{"tier":"web"}}}""")).Expect(200);
        await cluster.WaitForSlicesAsync("orders", static slices => slices is [var slice] && Names(slice) == "orders-2");
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.Controllers)]
    public async Task AChangedTargetPortIsTheSlicesPort(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddServiceAsync();
        await cluster.AddPodAsync("orders-1");
        await cluster.WaitForSlicesAsync("orders", static slices => slices is [var slice] && Names(slice) == "orders-1");
        (await cluster.Api.PatchAsync($"{cluster.Services}/orders", """{"spec":{"ports":[{"name":"web","port":80,"targetPort":9999}]}}""")).Expect(200);
        await cluster.WaitForSlicesAsync("orders", static slices => slices.Count(static slice => slice.Array("endpoints").Count > 0) == 1 &&
            slices.Single(static slice => slice.Array("endpoints").Count > 0).Array("ports") is [var port] && port.Text("name") == "web" && port.Number("port") == 9999);
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.Controllers)]
    public async Task SlicesGoWithTheirService(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddServiceAsync();
        await cluster.AddPodAsync("orders-1");
        await cluster.WaitForSlicesAsync("orders", static slices => slices is [var slice] && Names(slice) == "orders-1");
        (await cluster.Api.DeleteAsync($"{cluster.Services}/orders")).Expect(200);
        await cluster.WaitUntilAsync(cluster.Endpoints, static items => items.Count == 0);
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.Controllers, 100, 101, 250)]
    public async Task ASliceHoldsAHundredEndpoints(ControlPlaneCase on, int pods)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddNodeAsync("node-1");
        await cluster.AddServiceAsync();
        string[] names = [.. Enumerable.Range(0, pods).Select(static number => $"orders-{number:000}")];
        await Parallel.ForEachAsync(
            names, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (name, _) => await cluster.AddPodAsync(name));

        var slices = await cluster.WaitForSlicesAsync("orders", slices =>
            slices.Sum(static slice => slice.Array("endpoints").Count(static endpoint => endpoint.Flag("conditions", "ready") == true)) == pods);

        slices.ShouldAllBe(static slice => slice.Array("endpoints").Count <= 100);
        slices.SelectMany(static slice => slice.Array("endpoints")).Select(static endpoint => endpoint.Text("targetRef", "name")).Order().ShouldBe(names);
        slices.Count.ShouldBeGreaterThanOrEqualTo((pods + 99) / 100);
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.Controllers | ControlPlaneNeeds.DualStack)]
    public async Task AServiceOfBothFamiliesHasASliceOfEach(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var spec = """{"clusterIP":"None","ipFamilyPolicy":"RequireDualStack","ipFamilies":["IPv4","IPv6"]}""";
        await cluster.AddServiceAsync(spec: spec);
        var address = TestCluster.NextAddress();
        await cluster.AddPodAsync(new PodShape("both") { Addresses = [address, "fd00:10:244::5"] });
        await cluster.AddPodAsync(new PodShape("one"));
        var slices = await cluster.WaitForSlicesAsync("orders", static slices =>
            slices.Any(static slice => slice.Text("addressType") == "IPv6" && slice.Array("endpoints").Count == 1) &&
            slices.Any(static slice => slice.Text("addressType") == "IPv4" && slice.Array("endpoints").Count == 2));
        var six = slices.Single(static slice => slice.Text("addressType") == "IPv6").Array("endpoints")[0];
        Texts(six["addresses"]).ShouldBe(["fd00:10:244::5"]);
        six.Text("targetRef", "name").ShouldBe("both");
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.Controllers)]
    public async Task TheSameNameAgainIsAnotherTarget(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddServiceAsync();
        await cluster.AddPodAsync("orders-1");
        await cluster.WaitForSlicesAsync("orders", static slices => slices is [var slice] && Names(slice) == "orders-1");
        await cluster.RemovePodAsync("orders-1");
        var next = await cluster.AddPodAsync("orders-1");
        await cluster.WaitForSlicesAsync("orders", slices =>
            slices is [var slice] && slice.Array("endpoints") is [var endpoint] && endpoint.Text("targetRef", "uid") == next.Uid());
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.Controllers)]
    public async Task AnAnnotationOfAPodDoesNotTouchItsSlice(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddServiceAsync();
        await cluster.AddPodAsync("orders-1");
        var before = await SliceAsync(cluster, static endpoints => endpoints is [var only] && only.Flag("conditions", "ready") == true);
        await cluster.AnnotateAsync("orders-1", "registry-gateway.io/a", "1");
        // What comes after it has been seen shows that it changed nothing.
        await cluster.AddServiceAsync("later", """{"selector":{"app":"orders"}}""");
        await cluster.WaitForSlicesAsync("later", static slices => slices is [var slice] && Names(slice) == "orders-1");
        var after = await SliceAsync(cluster, static endpoints => endpoints.Count == 1);
        after.VersionText().ShouldBe(before.VersionText());
    }

    private static Task<JsonObject> ExpectAsync(TestCluster cluster, params string[] endpoints) => SliceAsync(
        cluster, found => found.Select(static endpoint => $"{endpoint.Text("targetRef", "name")} {Conditions(endpoint)}").Order().SequenceEqual(endpoints));

    private static async Task<JsonObject> SliceAsync(TestCluster cluster, Func<IReadOnlyList<JsonObject>, bool> holds) =>
        (await cluster.WaitForSlicesAsync("orders", slices => slices is [var slice] && holds(slice.Array("endpoints"))))[0];

    private static string Conditions(JsonObject endpoint) => string.Join(
        ' ', new[] { "ready", "serving", "terminating" }.Select(name => $"{name}:{endpoint["conditions"]?[name]?.ToJsonString() ?? "none"}"));

    private static string Names(JsonObject slice) =>
        string.Join(' ', slice.Array("endpoints").Select(static endpoint => endpoint.Text("targetRef", "name")).Order());

    private static IEnumerable<string?> Texts(JsonNode? list) => list is JsonArray items ? items.Select(static item => (string?)item) : [];
}
