using System.Text.Json.Nodes;
using Gateway.Tests.Conformance.Planes;

namespace Gateway.Tests.Conformance.Derived;

/// <summary>The Endpoints that the older controller derives, and slices that mirror Endpoints written by hand.</summary>
public sealed class EndpointsTests(ControlPlanes planes)
{
    [Theory, ControlPlanes(ControlPlaneNeeds.Controllers)]
    public async Task ReadyPodsAreAddressesAndOthersAreNotReadyAddresses(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddServiceAsync();
        var pod = await cluster.AddPodAsync("orders-1");
        await cluster.AddPodAsync(new PodShape("orders-2") { IsReady = false });

        var subset = await SubsetAsync(cluster, "orders-1", "orders-2");

        var address = subset.Array("addresses")[0];
        address.Text("ip").ShouldBe(pod.Text("status", "podIP"));
        address.Text("nodeName").ShouldBe(pod.Text("spec", "nodeName"));
        (address.Text("targetRef", "kind"), address.Text("targetRef", "namespace"), address.Text("targetRef", "uid"))
            .ShouldBe(("Pod", cluster.Namespace, pod.Uid()));
        var port = subset.Array("ports").ShouldHaveSingleItem();
        (port.Text("name"), port.Number("port"), port.Text("protocol")).ShouldBe(("http", 8080L, "TCP"));
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.Controllers)]
    public async Task APodMovesFromOneListToTheOther(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddServiceAsync();
        await cluster.AddPodAsync("orders-1");
        await SubsetAsync(cluster, "orders-1", "");
        await cluster.SetReadyAsync("orders-1", isReady: false);
        await SubsetAsync(cluster, "", "orders-1");
        await cluster.SetReadyAsync("orders-1", isReady: true);
        await SubsetAsync(cluster, "orders-1", "");
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.Controllers)]
    public async Task ATerminatingPodIsNoAddress(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddServiceAsync();
        await cluster.AddPodAsync("orders-1");
        await cluster.AddPodAsync("orders-2");
        await SubsetAsync(cluster, "orders-1 orders-2", "");
        await cluster.TerminateAsync("orders-1");
        await SubsetAsync(cluster, "orders-2", "");
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.Controllers)]
    public async Task WithPublishNotReadyAddressesEverybodyIsAnAddress(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddServiceAsync(spec: """{"publishNotReadyAddresses":true}""");
        await cluster.AddPodAsync(new PodShape("orders-1") { IsReady = false });
        await cluster.AddPodAsync("orders-2");
        await cluster.TerminateAsync("orders-2");
        await SubsetAsync(cluster, "orders-1 orders-2", "");
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.Controllers)]
    public async Task APodOnAnUnknownNodeIsAnAddress(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddServiceAsync();
        await cluster.AddPodAsync(new PodShape("lost") { Node = "no-such-node" });
        await SubsetAsync(cluster, "lost", "");
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.Controllers)]
    public async Task DifferentTargetPortsAreSubsetsOfTheirOwn(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddServiceAsync(spec: """{"ports":[{"name":"http","port":80,"targetPort":"web"}]}""");
        await cluster.AddPodAsync(new PodShape("orders-1") { Ports = new Dictionary<string, int> { ["web"] = 8080 } });
        await cluster.AddPodAsync(new PodShape("orders-2") { Ports = new Dictionary<string, int> { ["web"] = 9090 } });
        var endpoints = await EndpointsAsync(cluster, static endpoints => endpoints.Array("subsets").Count == 2);
        endpoints.Array("subsets").Select(static subset => $"{subset.Array("ports")[0].Number("port")} {Names(subset, "addresses")}").Order()
            .ShouldBe(["8080 orders-1", "9090 orders-2"]);
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.Controllers)]
    public async Task AServiceWithoutPodsHasEndpointsWithoutSubsets(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddServiceAsync();
        await EndpointsAsync(cluster, static endpoints => endpoints.Array("subsets").Count == 0);
        await cluster.AddPodAsync("orders-1");
        await SubsetAsync(cluster, "orders-1", "");
        await cluster.RemovePodAsync("orders-1");
        await EndpointsAsync(cluster, static endpoints => endpoints.Array("subsets").Count == 0);
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.Controllers)]
    public async Task LabelsAreThoseOfTheService(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddServiceAsync(spec: """{"clusterIP":"None"}""");
        (await cluster.Api.PatchAsync($"{cluster.Services}/orders", """{"metadata":{"labels":{"team":"shop"}}}""")).Expect(200);
        var endpoints = await EndpointsAsync(cluster, static endpoints => endpoints.Text("metadata", "labels", "team") == "shop");
        endpoints.Text("metadata", "labels", "service.kubernetes.io/headless").ShouldBe("");
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.Controllers)]
    public async Task EndpointsGoWithTheirService(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddServiceAsync();
        await EndpointsAsync(cluster, static _ => true);
        (await cluster.Api.DeleteAsync($"{cluster.Services}/orders")).Expect(200);
        await cluster.WaitUntilAsync(cluster.Endpoints, static items => items.Count == 0);
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.Controllers)]
    public async Task AServiceWithoutSelectorHasNothingDerived(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddServiceAsync("manual", """{"selector":null}""");
        await cluster.AddServiceAsync("orders");
        // Both are seen in the order of their creation; the second shows that the first was.
        await cluster.WaitForSlicesAsync("orders", static slices => slices.Count == 1);
        (await cluster.Api.GetAsync(cluster.Slices)).Expect(200).Items()
            .ShouldAllBe(static slice => slice.Text("metadata", "labels", "kubernetes.io/service-name") == "orders");
        (await cluster.Api.GetAsync($"{cluster.Endpoints}/manual")).Expect(404);
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.Controllers)]
    public async Task EndpointsWrittenByHandAreMirroredToASlice(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddServiceAsync("manual", """{"selector":null}""");
        var endpoints = KubernetesJson.Parse("""
            {"metadata":{"name":"manual"},
             "subsets":[{"addresses":[{"ip":"192.0.2.7"},{"ip":"192.0.2.8"}],"notReadyAddresses":[{"ip":"192.0.2.9"}],"ports":[{"name":"http","port":9376}]}]}
            """);
        (await cluster.Api.PostAsync(cluster.Endpoints, endpoints)).Expect(201);

        var slice = (await cluster.WaitForSlicesAsync("manual", static slices => slices is [var only] && only.Array("endpoints").Count == 3))[0];

        slice.Text("metadata", "labels", "endpointslice.kubernetes.io/managed-by").ShouldBe("endpointslicemirroring-controller.k8s.io");
        slice.Array("endpoints").Select(static endpoint => $"{(string?)endpoint["addresses"]![0]} {endpoint["conditions"]!["ready"]!.ToJsonString()}").Order()
            .ShouldBe(["192.0.2.7 true", "192.0.2.8 true", "192.0.2.9 false"]);
        slice.Array("endpoints").ShouldAllBe(static endpoint => endpoint.At("targetRef") == null);
        (slice.Array("ports")[0].Text("name"), slice.Array("ports")[0].Number("port")).ShouldBe(("http", 9376L));
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.Controllers)]
    public async Task AMirroredSliceFollowsItsEndpoints(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddServiceAsync("manual", """{"selector":null}""");
        (await cluster.Api.PostAsync(
            cluster.Endpoints, """{"metadata":{"name":"manual"},"subsets":[{"addresses":[{"ip":"192.0.2.7"}],"ports":[{"port":80}]}]}""")).Expect(201);
        await cluster.WaitForSlicesAsync("manual", static slices => slices is [var only] && only.Array("endpoints").Count == 1);
        (await cluster.Api.PatchAsync(
            $"{cluster.Endpoints}/manual", """{"subsets":[{"addresses":[{"ip":"192.0.2.8"},{"ip":"192.0.2.9"}],"ports":[{"port":80}]}]}""")).Expect(200);
        await cluster.WaitForSlicesAsync("manual", static slices => slices.Sum(static slice => slice.Array("endpoints").Count) == 2);
        (await cluster.Api.DeleteAsync($"{cluster.Endpoints}/manual")).Expect(200);
        await cluster.WaitForSlicesAsync("manual", static slices => slices.Count == 0);
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.Controllers)]
    public async Task ANewNamespaceHasADefaultAccount(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.WaitUntilAsync(cluster.ServiceAccounts, static accounts => accounts.Any(static account => account.Name() == "default"));
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.Controllers)]
    public async Task ADeletedNamespaceTakesItsContentAlong(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddServiceAsync();
        await cluster.AddPodAsync(new PodShape("orders-1") { Node = "" });
        (await cluster.Api.DeleteAsync($"/api/v1/namespaces/{cluster.Namespace}")).Status.ShouldBeOneOf(200, 202);
        await cluster.WaitUntilAsync(cluster.Pods, static pods => pods.Count == 0);
        await cluster.WaitUntilAsync(cluster.Services, static services => services.Count == 0);
        await cluster.WaitUntilAsync($"/api/v1/namespaces?fieldSelector=metadata.name%3D{cluster.Namespace}", static items => items.Count == 0);
    }

    [Theory, ControlPlanes]
    public async Task EndpointsAreAnsweredWithAWarningOrNone(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var answer = await cluster.Api.GetAsync(cluster.Endpoints);
        answer.Expect(200).Text("kind").ShouldBe("EndpointsList");
        if (answer.Headers.TryGetValues("Warning", out var warnings))
        {
            warnings.ShouldHaveSingleItem().ShouldStartWith("299 - ");
        }
    }

    private static async Task<JsonObject> SubsetAsync(TestCluster cluster, string ready, string notReady)
    {
        var endpoints = await EndpointsAsync(cluster, endpoints =>
            endpoints.Array("subsets") is [var subset] && Names(subset, "addresses") == ready && Names(subset, "notReadyAddresses") == notReady);
        return endpoints.Array("subsets")[0];
    }

    private static async Task<JsonObject> EndpointsAsync(TestCluster cluster, Func<JsonObject, bool> holds)
    {
        var items = await cluster.WaitUntilAsync(
            $"{cluster.Endpoints}?fieldSelector=metadata.name%3Dorders", items => items is [var endpoints] && holds(endpoints));
        return items[0];
    }

    private static string Names(JsonObject subset, string list) =>
        string.Join(' ', subset.Array(list).Select(static address => address.Text("targetRef", "name")).Order());
}
