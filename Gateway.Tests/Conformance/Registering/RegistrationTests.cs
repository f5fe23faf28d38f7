using System.Text.Json.Nodes;
using Gateway.Tests.Conformance.Planes;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Conformance.Registering;

/// <summary>The gateway's main job, on each control plane: a pod registers itself, and what is written is what is found.</summary>
public sealed class RegistrationTests(ControlPlanes planes)
{
    [Theory, ControlPlanes]
    public async Task APodRegistersWithItsTokenAndIsFoundAtOnce(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var node = await cluster.AddNodeAsync("node-1", "zone-a");
        var pod = await cluster.AddPodAsync("orders-1");
        await using var gateway = await GatewayOnPlane.StartAsync(cluster);
        var caller = await gateway.InPodAsync("orders-1");

        var (status, instance) = await GatewayOnPlane.RegisterAsync(caller, new { service = "greeting", port = 8080, metadata = new { team = "名前" } });

        status.ShouldBe(201, instance?.ToJsonString());
        var found = (await gateway.Http.LookUpAsync(cluster.Namespace, "greeting")).ShouldHaveSingleItem();
        (found.Text("id"), found.Text("status"), found.Text("source")).ShouldBe((instance.Text("id"), "UP", "gateway"));
        (found.Text("address"), found.Number("port")).ShouldBe((pod.Text("status", "podIP"), 8080L));
        (found.Text("pod", "name"), found.Text("pod", "uid"), found.Text("pod", "node"), found.Text("pod", "zone"))
            .ShouldBe(("orders-1", pod.Uid(), node, "zone-a"));
        found.Text("metadata", "team").ShouldBe("名前");
        var (key, value) = (await gateway.AnnotationsAsync("orders-1")).ShouldHaveSingleItem();
        key.ShouldBe($"registry-gateway.io/{found.Text("id")}");
        JsonNode.Parse(value).Number("v").ShouldBe(1);
    }

    [Theory, ControlPlanes]
    public async Task TheSameAgainIsNotWritten(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        await using var gateway = await GatewayOnPlane.StartAsync(cluster);
        var caller = await gateway.InPodAsync("orders-1");
        (await GatewayOnPlane.RegisterAsync(caller, new { service = "greeting", port = 8080 })).Status.ShouldBe(201);
        var before = (await cluster.Api.GetAsync(cluster.Pod("orders-1"))).Expect(200).VersionText();
        (await GatewayOnPlane.RegisterAsync(caller, new { service = "greeting", port = 8080 })).Status.ShouldBe(200);
        (await cluster.Api.GetAsync(cluster.Pod("orders-1"))).Expect(200).VersionText().ShouldBe(before);
        (await GatewayOnPlane.RegisterAsync(caller, new { service = "greeting", port = 8080, weight = 7 })).Status.ShouldBe(200);
        (await gateway.Http.LookUpAsync(cluster.Namespace, "greeting"))[0].Number("weight").ShouldBe(7);
    }

    [Theory, ControlPlanes]
    public async Task AnArrayIsOnePatchAllOrNothing(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var pod = await cluster.AddPodAsync("orders-1");
        await using var gateway = await GatewayOnPlane.StartAsync(cluster);
        var caller = await gateway.InPodAsync("orders-1");

        var (refused, problem) = await GatewayOnPlane.RegisterAsync(
            caller, new object[] { new { service = "one", port = 8080 }, new { service = "two", port = 80_800 } });
        refused.ShouldBe(422, problem?.ToJsonString());
        problem.Array("errors").ShouldContain(static error => error.Text("pointer") == "/1/port");
        (await gateway.AnnotationsAsync("orders-1")).ShouldBeEmpty();

        await using var watch = await cluster.Api.WatchAsync($"{cluster.Pods}?resourceVersion={pod.VersionText()}");
        var (status, answer) = await GatewayOnPlane.RegisterAsync(
            caller, Enumerable.Range(0, 30).Select(static number => new { service = $"service-{number}", port = 8000 + number }).ToArray());
        status.ShouldBe(200, answer?.ToJsonString());
        answer.Items().Count.ShouldBe(30);
        var change = await watch.NextChangeAsync(TestContext.Current.CancellationToken);
        change.Object.At("metadata", "annotations")!.AsObject().Count.ShouldBe(30);
        (await gateway.Http.LookUpAsync(cluster.Namespace, "service-29")).Count.ShouldBe(1);
    }

    [Theory, ControlPlanes]
    public async Task DeregisteringRemovesTheAnnotationAndMayBeRepeated(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        await using var gateway = await GatewayOnPlane.StartAsync(cluster);
        var caller = await gateway.InPodAsync("orders-1");
        var id = (await GatewayOnPlane.RegisterAsync(caller, new { service = "greeting", port = 8080 })).Body.Text("id");
        (await GatewayOnPlane.SendAsync(caller, HttpMethod.Delete, $"/v1/registrations/{id}")).Status.ShouldBe(204);
        (await gateway.AnnotationsAsync("orders-1")).ShouldBeEmpty();
        (await gateway.Http.LookUpAsync(cluster.Namespace, "greeting", "?status=any")).ShouldBeEmpty();
        (await GatewayOnPlane.SendAsync(caller, HttpMethod.Delete, $"/v1/registrations/{id}")).Status.ShouldBe(204);
    }

    [Theory, ControlPlanes]
    public async Task OutOfServiceIsKeptInTheAnnotationAndTakenBackByThePod(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        await using var gateway = await GatewayOnPlane.StartAsync(cluster);
        var caller = await gateway.InPodAsync("orders-1");
        var id = (await GatewayOnPlane.RegisterAsync(caller, new { service = "greeting", port = 8080 })).Body.Text("id");
        (await GatewayOnPlane.SendAsync(caller, HttpMethod.Patch, $"/v1/registrations/{id}", new { status = "OUT_OF_SERVICE" })).Status.ShouldBe(200);
        (await gateway.Http.LookUpAsync(cluster.Namespace, "greeting")).ShouldBeEmpty();
        (await gateway.Http.LookUpAsync(cluster.Namespace, "greeting", "?status=any"))[0].Status().ShouldBe("OUT_OF_SERVICE");
        (await GatewayOnPlane.RegisterAsync(caller, new { service = "greeting", port = 8080 })).Status.ShouldBe(200);
        (await gateway.Http.LookUpAsync(cluster.Namespace, "greeting")).Count.ShouldBe(1);
    }

    [Theory, ControlPlanes]
    public async Task AFullPodIsToldSoAndKeepsWhatItHas(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync(new PodShape("orders-1") { Annotations = new Dictionary<string, string> { ["team"] = new('x', 190 * 1024) } });
        await using var gateway = await GatewayOnPlane.StartAsync(cluster);
        var caller = await gateway.InPodAsync("orders-1");
        (await GatewayOnPlane.RegisterAsync(caller, new { service = "small", port = 8080 })).Status.ShouldBe(201);
        var (status, problem) = await GatewayOnPlane.RegisterAsync(
            caller, new { service = "large", port = 8080, metadata = new Dictionary<string, string> { ["text"] = new('y', 4000) } });
        (status, problem.Text("code")).ShouldBe((413, "annotations-full"));
        (await gateway.AnnotationsAsync("orders-1")).Count.ShouldBe(1);
        (await gateway.Http.LookUpAsync(cluster.Namespace, "small")).Count.ShouldBe(1);
    }

    [Theory, ControlPlanes]
    public async Task ManyPodsRegisterAtOnceAndAllAreFound(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        string[] pods = [.. Enumerable.Range(0, 20).Select(static number => $"orders-{number}")];
        await cluster.AddNodeAsync("node-1");
        await Task.WhenAll(pods.Select(cluster.AddPodAsync));
        await using var gateway = await GatewayOnPlane.StartAsync(cluster);
        var callers = await Task.WhenAll(pods.Select(gateway.InPodAsync));

        var answers = await Task.WhenAll(callers.SelectMany(static caller => Enumerable.Range(0, 3).Select(
            number => GatewayOnPlane.RegisterAsync(caller, new { service = $"greeting-{number}", port = 8080 }))));

        answers.Select(static answer => answer.Status).Distinct().ShouldBe([201]);
        for (var number = 0; number < 3; number++)
        {
            (await gateway.Http.LookUpAsync(cluster.Namespace, $"greeting-{number}")).Select(static instance => instance.Text("pod", "name")).Order()
                .ShouldBe(pods.Order());
        }
    }

    [Theory, ControlPlanes]
    public async Task AnotherGatewayFindsWhatWasRegisteredThroughTheFirst(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        string? id;
        await using (var first = await GatewayOnPlane.StartAsync(cluster))
        {
            id = (await GatewayOnPlane.RegisterAsync(await first.InPodAsync("orders-1"), new { service = "greeting", port = 8080, weight = 3 })).Body.Text("id");
        }

        await using var second = await GatewayOnPlane.StartAsync(cluster);
        var found = (await second.Http.LookUpAsync(cluster.Namespace, "greeting")).ShouldHaveSingleItem();
        (found.Text("id"), found.Number("weight"), found.Status()).ShouldBe((id, 3L, "UP"));
    }

    [Theory, ControlPlanes]
    public async Task APodThatDeclaresItsServicesNeedsNoCall(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await using var gateway = await GatewayOnPlane.StartAsync(cluster);
        var declared = """[{"service":"greeting","port":8080},{"service":"admin","port":9090,"protocol":"grpc"}]""";
        await cluster.AddPodAsync(new PodShape("orders-1") { Annotations = new Dictionary<string, string> { ["registry-gateway.io/declare"] = declared } });
        var found = await gateway.Http.LookUpUntilAsync(cluster.Namespace, "admin", static all => all is [var only] && only.Status() == "UP");
        (found[0].Text("source"), found[0].Text("protocol"), found[0].Number("port")).ShouldBe(("declared", "grpc", 9090L));
    }

    [Theory, ControlPlanes]
    public async Task WhatCannotBeReadHidesNothingElse(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        await using var gateway = await GatewayOnPlane.StartAsync(cluster);
        await cluster.AnnotateAsync("orders-1", $"registry-gateway.io/{new string('0', 32)}", "{ not json");
        await cluster.AnnotateAsync("orders-1", "registry-gateway.io/note", "not a registration");
        var caller = await gateway.InPodAsync("orders-1");
        (await GatewayOnPlane.RegisterAsync(caller, new { service = "greeting", port = 8080 })).Status.ShouldBe(201);
        (await gateway.Http.LookUpAsync(cluster.Namespace, "greeting")).Count.ShouldBe(1);
        var own = (await GatewayOnPlane.SendAsync(caller, HttpMethod.Get, "/v1/registrations")).Body;
        own.Items().Count.ShouldBe(2);
        own.Items().Count(static item => item.Text("service") == "greeting").ShouldBe(1);
    }
}
