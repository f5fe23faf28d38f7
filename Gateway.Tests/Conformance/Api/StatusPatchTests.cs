using System.Text.Json.Nodes;
using Gateway.Tests.Conformance.Planes;

namespace Gateway.Tests.Conformance.Api;

/// <summary>The status of a pod is written through its subresource, by merge, strategic merge and JSON patches.</summary>
public sealed class StatusPatchTests(ControlPlanes planes)
{
    [Theory, ControlPlanes]
    public async Task AStrategicPatchMergesConditionsByType(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        const string Patch = """{"status":{"conditions":[{"type":"Ready","status":"False","reason":"Probe"},{"type":"example.com/gate","status":"True"}]}}""";

        var answer = (await cluster.Api.PatchAsync($"{cluster.Pod("orders-1")}/status", Patch, ApiCalls.Strategic)).Expect(200);

        var conditions = answer.Array("status", "conditions").ToDictionary(static condition => condition.Text("type")!, static condition => condition.Text("status"));
        conditions["Ready"].ShouldBe("False");
        conditions["PodScheduled"].ShouldBe("True");
        conditions["example.com/gate"].ShouldBe("True");
        conditions.Count.ShouldBe(5);
    }

    [Theory, ControlPlanes]
    public async Task AMergePatchReplacesConditionsWhole(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        var answer = (await cluster.Api.PatchAsync(
            $"{cluster.Pod("orders-1")}/status", """{"status":{"conditions":[{"type":"Ready","status":"False"}]}}""")).Expect(200);
        answer.Array("status", "conditions").ShouldHaveSingleItem().Text("status").ShouldBe("False");
        answer.Text("status", "podIP").ShouldNotBeNull();
    }

    [Theory, ControlPlanes]
    public async Task AJsonPatchReplacesOnePlace(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        var answer = (await cluster.Api.PatchAsync(
            $"{cluster.Pod("orders-1")}/status",
            """[{"op":"replace","path":"/status/containerStatuses/0/restartCount","value":3}]""",
            ApiCalls.JsonPatch)).Expect(200);
        answer.Array("status", "containerStatuses")[0].Number("restartCount").ShouldBe(3);
    }

    [Theory, ControlPlanes]
    public async Task WhatIsNotStatusIsIgnored(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        var answer = (await cluster.Api.PatchAsync(
            $"{cluster.Pod("orders-1")}/status", """{"spec":{"hostNetwork":true},"status":{"message":"hello"}}""")).Expect(200);
        answer.Text("status", "message").ShouldBe("hello");
        answer.At("spec", "hostNetwork").ShouldBeNull();
    }

    [Theory, ControlPlanes]
    public async Task StatusDoesNotCountAsANewGeneration(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var pod = await cluster.AddPodAsync("orders-1");
        var changed = await cluster.SetReadyAsync("orders-1", isReady: false);
        changed.Version().ShouldBeGreaterThan(pod.Version());
        changed.Number("metadata", "generation").ShouldBe(pod.Number("metadata", "generation"));
    }

    [Theory, ControlPlanes]
    public async Task AnAnnotationSurvivesEveryChangeOfStatus(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        await cluster.AnnotateAsync("orders-1", "registry-gateway.io/a", "1");
        await cluster.RestartContainerAsync("orders-1", 1, DateTimeOffset.UtcNow);
        var pod = await cluster.SetReadyAsync("orders-1", isReady: false);
        pod.Annotation("registry-gateway.io/a").ShouldBe("1");
        pod.Array("status", "containerStatuses")[0].Number("restartCount").ShouldBe(1);
    }

    [Theory, ControlPlanes]
    public async Task AStatusWithTwoPodIPsKeepsTheirOrder(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        string[] addresses = [TestCluster.NextAddress(), "fd00:10:244::17"];
        var pod = await cluster.AddPodAsync(new PodShape("orders-1") { Addresses = addresses });
        pod.Text("status", "podIP").ShouldBe(addresses[0]);
        pod.Array("status", "podIPs").Select(static item => item.Text("ip")).ShouldBe(addresses);
    }

    [Theory, ControlPlanes]
    public async Task AReplacedStatusIsWrittenByPutAsWell(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var pod = await cluster.AddPodAsync("orders-1");
        pod["status"]!["phase"] = "Succeeded";
        (await cluster.Api.PutAsync($"{cluster.Pod("orders-1")}/status", pod)).Expect(200).Text("status", "phase").ShouldBe("Succeeded");
        // The version it carries is of the past by now.
        (await cluster.Api.PutAsync($"{cluster.Pod("orders-1")}/status", pod)).ExpectRefusal(409, "Conflict");
    }

    [Theory, ControlPlanes]
    public async Task NativeSidecarsHaveTheirStatusAmongTheInitContainers(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        const string Sidecar = """{"initContainers":[{"name":"proxy","image":"example.com/proxy:1","restartPolicy":"Always"}]}""";
        await cluster.AddPodAsync(new PodShape("orders-1") { Spec = Sidecar });
        var status = new JsonObject { ["initContainerStatuses"] = new JsonArray(KubeletStatus.Container("proxy", true, 2, DateTimeOffset.UtcNow)) };
        var pod = await cluster.PatchStatusAsync("orders-1", status);
        pod.Array("spec", "initContainers")[0].Text("restartPolicy").ShouldBe("Always");
        pod.Array("status", "initContainerStatuses")[0].Number("restartCount").ShouldBe(2);
    }
}
