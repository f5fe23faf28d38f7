using Gateway.Tests.Conformance.Planes;

namespace Gateway.Tests.Conformance.Derived;

/// <summary>What scheduler and kubelet do with a pod that somebody creates.</summary>
public sealed class PlayedPodTests(ControlPlanes planes)
{
    private const string Image = "registry.k8s.io/pause:3.10";

    [Theory, ControlPlanes(ControlPlaneNeeds.Controllers | ControlPlaneNeeds.Kubelet)]
    public async Task APodIsScheduledRunAndReady(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddServiceAsync();
        await CreateAsync(cluster);

        var pod = (await cluster.WaitUntilAsync(cluster.Pods, static pods => pods is [var only] &&
            only.Array("status", "conditions").Any(static condition => condition.Text("type") == "Ready" && condition.Text("status") == "True")))[0];

        pod.Text("spec", "nodeName").ShouldNotBeNullOrEmpty();
        pod.Text("status", "phase").ShouldBe("Running");
        pod.Array("status", "podIPs")[0].Text("ip").ShouldBe(pod.Text("status", "podIP"));
        var container = pod.Array("status", "containerStatuses").ShouldHaveSingleItem();
        (container.Number("restartCount"), container.Flag("ready")).ShouldBe((0L, true));
        container.Text("state", "running", "startedAt").ShouldNotBeNull();
        await cluster.WaitForSlicesAsync("orders", slices => slices is [var slice] &&
            slice.Array("endpoints") is [var endpoint] && endpoint.Flag("conditions", "ready") == true && endpoint.Text("targetRef", "uid") == pod.Uid());
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.Controllers | ControlPlaneNeeds.Kubelet)]
    public async Task ADeletedPodIsGoneAfterItsGrace(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await CreateAsync(cluster);
        await cluster.WaitUntilAsync(cluster.Pods, static pods => pods is [var only] && only.Text("status", "phase") == "Running");
        (await cluster.Api.DeleteAsync($"{cluster.Pod("orders-1")}?gracePeriodSeconds=1")).Expect(200);
        await cluster.WaitUntilAsync(cluster.Pods, static pods => pods.Count == 0);
    }

    private static async Task CreateAsync(TestCluster cluster)
    {
        var pod = KubernetesJson.Parse($$"""
            {"metadata":{"name":"orders-1","labels":{"app":"orders"} },
             "spec":{"serviceAccountName":"app","containers":[{"name":"app","image":"{{Image}}","ports":[{"name":"http","containerPort":8080}]}]} }
            """);
        (await cluster.Api.PostAsync(cluster.Pods, pod)).Expect(201);
    }
}
