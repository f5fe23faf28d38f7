using Gateway.Tests.Conformance.Planes;
using Gateway.Tests.EndToEnd;
using StreamReader = Gateway.Tests.EndToEnd.StreamReader;

namespace Gateway.Tests.Conformance.Registering;

/// <summary>What a subscriber and a lookup see while pods change as kubelets change them.</summary>
public sealed class SubscriberTests(ControlPlanes planes)
{
    private static readonly object Greeting = new { service = "greeting", port = 8080, container = "app" };

    [Theory, ControlPlanes]
    public async Task ARegistrationIsAddedModifiedAndRemoved(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        await using var gateway = await GatewayOnPlane.StartAsync(cluster);
        var caller = await gateway.InPodAsync("orders-1");
        await using var stream = await StreamReader.OpenAsync(gateway.Http, gateway.Watch("greeting"));
        (await stream.NextAsync("snapshot")).Data.Array("instances").ShouldBeEmpty();

        var id = (await GatewayOnPlane.RegisterAsync(caller, Greeting)).Body.Text("id");
        (await stream.NextAsync("added")).InstanceId.ShouldBe(id);
        await GatewayOnPlane.SendAsync(caller, HttpMethod.Patch, $"/v1/registrations/{id}", new { weight = 5 });
        (await stream.NextAsync("modified")).Data.Number("weight").ShouldBe(5);
        await GatewayOnPlane.SendAsync(caller, HttpMethod.Delete, $"/v1/registrations/{id}");
        (await stream.NextAsync("removed")).InstanceId.ShouldBe(id);
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.ApiServer, true, false)]
    public async Task ReadinessTakesAnInstanceOutAndBringsItBack(ControlPlaneCase on, bool hasService)
    {
        await using var cluster = await planes.OpenAsync(on);
        if (hasService)
        {
            // Readiness then comes by the slice of the Service of that name.
            await cluster.AddServiceAsync("greeting", """{"selector":{"app":"orders"}}""");
        }

        await cluster.AddPodAsync("orders-1");
        await using var gateway = await GatewayOnPlane.StartAsync(cluster);
        var id = (await GatewayOnPlane.RegisterAsync(await gateway.InPodAsync("orders-1"), Greeting)).Body.Text("id");
        await gateway.Http.LookUpUntilAsync(cluster.Namespace, "greeting", static all => all is [var only] && only.Status() == "UP");
        await using var stream = await StreamReader.OpenAsync(gateway.Http, gateway.Watch("greeting"));
        await stream.NextAsync("snapshot");

        await cluster.SetReadyAsync("orders-1", isReady: false);
        (await stream.UntilAsync(static next => next.Name == "removed")).InstanceId.ShouldBe(id);
        var starting = (await gateway.Http.LookUpAsync(cluster.Namespace, "greeting", "?status=any")).ShouldHaveSingleItem();
        (starting.Status(), starting.Text("reason")).ShouldBe(("STARTING", "NotReady"));
        await cluster.SetReadyAsync("orders-1", isReady: true);
        (await stream.UntilAsync(static next => next.Name == "added")).InstanceId.ShouldBe(id);
    }

    [Theory, ControlPlanes]
    public async Task APodLeavesAtItsDeletionTimestamp(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        await using var gateway = await GatewayOnPlane.StartAsync(cluster);
        var id = (await GatewayOnPlane.RegisterAsync(await gateway.InPodAsync("orders-1"), Greeting)).Body.Text("id");
        await using var stream = await StreamReader.OpenAsync(gateway.Http, gateway.Watch("greeting"));
        await stream.NextAsync("snapshot");

        await cluster.TerminateAsync("orders-1");
        (await stream.NextAsync("removed")).InstanceId.ShouldBe(id);
        (await gateway.Http.LookUpAsync(cluster.Namespace, "greeting", "?status=any")).ShouldHaveSingleItem().Status().ShouldBe("TERMINATING");
        await cluster.RemovePodAsync("orders-1");
        await gateway.Http.LookUpUntilAsync(cluster.Namespace, "greeting", static all => all.Count == 0);
    }

    [Theory, ControlPlanes]
    public async Task ARestartedContainerIsDownUntilItRegistersAgain(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        await using var gateway = await GatewayOnPlane.StartAsync(cluster);
        var caller = await gateway.InPodAsync("orders-1");
        var id = (await GatewayOnPlane.RegisterAsync(caller, Greeting)).Body.Text("id");
        await using var stream = await StreamReader.OpenAsync(gateway.Http, gateway.Watch("greeting"));
        await stream.NextAsync("snapshot");

        await cluster.RestartContainerAsync("orders-1", 1, DateTimeOffset.UtcNow.AddSeconds(30));
        (await stream.NextAsync("removed")).InstanceId.ShouldBe(id);
        var down = (await gateway.Http.LookUpAsync(cluster.Namespace, "greeting", "?status=any")).ShouldHaveSingleItem();
        (down.Status(), down.Text("reason")).ShouldBe(("DOWN", "ContainerRestarted"));
        (await GatewayOnPlane.RegisterAsync(caller, Greeting)).Status.ShouldBe(200);
        (await stream.NextAsync("added")).InstanceId.ShouldBe(id);
    }

    [Theory, ControlPlanes]
    public async Task ASidecarsRestartIsNotTheContainersOwn(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync(new PodShape("orders-1") { Containers = ["app", "proxy"] });
        await using var gateway = await GatewayOnPlane.StartAsync(cluster);
        await GatewayOnPlane.RegisterAsync(await gateway.InPodAsync("orders-1"), Greeting);
        var later = DateTimeOffset.UtcNow.AddSeconds(30);
        await cluster.PatchStatusAsync("orders-1", new()
        {
            ["containerStatuses"] = new System.Text.Json.Nodes.JsonArray(
            KubeletStatus.Container("app", true, 0, DateTimeOffset.UtcNow.AddMinutes(-1)), KubeletStatus.Container("proxy", true, 1, later))
        });
        // What is registered afterwards is seen after the restart: pods are folded in the order of their changes.
        await cluster.AddPodAsync("orders-2");
        await GatewayOnPlane.RegisterAsync(await gateway.InPodAsync("orders-2"), Greeting);
        (await gateway.Http.LookUpAsync(cluster.Namespace, "greeting", "?status=any")).Select(static instance => instance.Status()).ShouldBe(["UP", "UP"]);
    }

    [Theory, ControlPlanes]
    public async Task APodWithoutAnAddressIsStartingUntilItHasOne(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync(new PodShape("orders-1") { Phase = "Pending", Addresses = [], IsReady = false });
        await using var gateway = await GatewayOnPlane.StartAsync(cluster);
        var (status, instance) = await GatewayOnPlane.RegisterAsync(await gateway.InPodAsync("orders-1"), Greeting);
        (status, instance.Text("status"), instance.Text("reason"), instance.Text("address")).ShouldBe((201, "STARTING", "NoPodIP", null));
        var address = TestCluster.NextAddress();
        await cluster.PatchStatusAsync("orders-1", KubeletStatus.Of("Running", [address], isReady: true, ["app"]));
        var up = await gateway.Http.LookUpUntilAsync(cluster.Namespace, "greeting", static all => all is [var only] && only.Status() == "UP");
        up[0].Text("address").ShouldBe(address);
    }

    [Theory, ControlPlanes]
    public async Task AnEndedPodIsNotListed(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        await using var gateway = await GatewayOnPlane.StartAsync(cluster);
        await GatewayOnPlane.RegisterAsync(await gateway.InPodAsync("orders-1"), Greeting);
        await cluster.PatchStatusAsync("orders-1", KubernetesJson.Parse("""{"phase":"Failed"}"""));
        await gateway.Http.LookUpUntilAsync(cluster.Namespace, "greeting", static all => all.Count == 0);
    }

    [Theory, ControlPlanes]
    public async Task PodsOfAServiceAreInstancesWithoutRegistering(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var service = await cluster.AddServiceAsync();
        var pod = await cluster.AddPodAsync("orders-1");
        await using var gateway = await GatewayOnPlane.StartAsync(cluster);
        var found = (await gateway.Http.LookUpUntilAsync(cluster.Namespace, "orders", static all => all is [var only] && only.Status() == "UP"))[0];
        (found.Text("source"), found.Number("port"), found.Text("pod", "uid")).ShouldBe(("endpoints", 8080L, pod.Uid()));
        var answer = await gateway.Http.GetJsonAsync(gateway.Instances("orders"));
        answer.Text("fallback", "clusterIP").ShouldBe(service.Text("spec", "clusterIP"));

        // A registration for one of the slice's ports takes the endpoint's place; deregistering leaves the endpoint.
        var caller = await gateway.InPodAsync("orders-1");
        var id = (await GatewayOnPlane.RegisterAsync(caller, new { service = "orders", port = 8080 })).Body.Text("id");
        (await gateway.Http.LookUpAsync(cluster.Namespace, "orders")).ShouldHaveSingleItem().Text("source").ShouldBe("gateway");
        await GatewayOnPlane.SendAsync(caller, HttpMethod.Delete, $"/v1/registrations/{id}");
        (await gateway.Http.LookUpAsync(cluster.Namespace, "orders")).ShouldHaveSingleItem().Text("source").ShouldBe("endpoints");
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.Controllers)]
    public async Task EndpointsServeWhereSlicesAreNotWatched(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddServiceAsync();
        await cluster.AddPodAsync("orders-1");
        await using var gateway = await GatewayOnPlane.StartAsync(cluster, ("Kubernetes:Endpoints", "Endpoints"));
        await gateway.Http.LookUpUntilAsync(cluster.Namespace, "orders", static all => all is [var only] && only.Status() == "UP");
        await cluster.SetReadyAsync("orders-1", isReady: false);
        await gateway.Http.LookUpUntilAsync(cluster.Namespace, "orders", static all => all is [var only] && only.Status() == "STARTING");
    }

    [Theory, ControlPlanes]
    public async Task AStreamOfANamespaceTellsOfEveryService(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        await using var gateway = await GatewayOnPlane.StartAsync(cluster);
        var caller = await gateway.InPodAsync("orders-1");
        await GatewayOnPlane.RegisterAsync(caller, new { service = "one", port = 8080 });
        await using var stream = await StreamReader.OpenAsync(gateway.Http, $"/v1/watch?namespace={cluster.Namespace}");
        (await stream.NextAsync("snapshot")).Data.Text("service").ShouldBe("one");
        await stream.NextAsync("synced");
        await GatewayOnPlane.RegisterAsync(caller, new { service = "two", port = 8080 });
        (await stream.NextAsync("added")).Data.Text("service").ShouldBe("two");
        await cluster.TerminateAsync("orders-1");
        var removed = new[] { (await stream.NextAsync("removed")).Data.Text("service"), (await stream.NextAsync("removed")).Data.Text("service") };
        removed.Order().ShouldBe(["one", "two"]);
    }
}
