using Gateway.Core.Kubernetes.Client.Connections;
using Gateway.Core.Kubernetes.Informers;
using Gateway.Core.Kubernetes.Models;
using Gateway.Tests.Conformance.Planes;

namespace Gateway.Tests.Conformance.Following;

/// <summary>The gateway's copy of the cluster comes to what the cluster is, whatever was done to it.</summary>
public sealed class ClusterCacheTests(ControlPlanes planes)
{
    [Theory, ControlPlanes(ControlPlaneNeeds.ApiServer, true, false)]
    public async Task TheFirstSyncHoldsWhatIsThere(ControlPlaneCase on, bool ownNamespaceOnly)
    {
        await using var cluster = await planes.OpenAsync(on);
        var node = await cluster.AddNodeAsync("node-1", "zone-a");
        await cluster.AddServiceAsync();
        var pod = await cluster.AddPodAsync(new PodShape("orders-1") { Containers = ["app", "proxy"] });
        await cluster.AnnotateAsync("orders-1", "registry-gateway.io/a", "1");

        await using var plane = FollowedPlane.Open(cluster, ownNamespaceOnly);
        await plane.SyncedAsync();

        var held = plane.Pod("orders-1").ShouldNotBeNull();
        (held.Metadata.Uid, held.NodeName, held.ServiceAccountName, held.Phase, held.Ready)
            .ShouldBe((pod.Uid(), node, TestCluster.ServiceAccount, PodPhase.Running, true));
        held.PodIPs.ShouldBe([pod.Text("status", "podIP")!]);
        held.Containers.ShouldBe(["app", "proxy"]);
        held.ContainerStatuses.Length.ShouldBe(2);
        held.Metadata.Annotations["registry-gateway.io/a"].ShouldBe("1");
        plane.Cache.PodsByAddress(held.PodIPs[0]).ShouldContain(other => other.Metadata.Uid == pod.Uid());
        plane.Cache.FindService(cluster.Namespace, "orders").ShouldNotBeNull();
        plane.Cache.FindNode(node).ShouldNotBeNull().Zone.ShouldBe("zone-a");
        plane.Cache.FindNamespace(cluster.Namespace).ShouldNotBeNull();
        plane.Cache.IsLost.ShouldBeFalse();
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.ApiServer, true, false)]
    public async Task EveryChangeArrives(ControlPlaneCase on, bool ownNamespaceOnly)
    {
        await using var cluster = await planes.OpenAsync(on);
        await using var plane = FollowedPlane.Open(cluster, ownNamespaceOnly);
        await plane.SyncedAsync();

        var pod = await cluster.AddPodAsync("orders-1");
        await plane.UntilAsync(() => plane.Pod("orders-1")?.Ready == true);
        await cluster.SetReadyAsync("orders-1", isReady: false);
        await plane.UntilAsync(() => plane.Pod("orders-1")?.Ready == false);
        await cluster.AnnotateAsync("orders-1", "registry-gateway.io/a", "1");
        await plane.UntilAsync(() => plane.Pod("orders-1")?.Metadata.Annotations.ContainsKey("registry-gateway.io/a") == true);
        await cluster.RestartContainerAsync("orders-1", 2, DateTimeOffset.UtcNow);
        await plane.UntilAsync(() => plane.Pod("orders-1")?.ContainerStatuses[0].RestartCount == 2);
        await cluster.TerminateAsync("orders-1");
        await plane.UntilAsync(() => plane.Pod("orders-1")?.IsTerminating == true);
        await cluster.RemovePodAsync("orders-1");
        await plane.UntilAsync(() => plane.Pod("orders-1") is null);
        var next = await cluster.AddPodAsync("orders-1");
        await plane.UntilAsync(() => plane.Pod("orders-1")?.Metadata.Uid == next.Uid());
        next.Uid().ShouldNotBe(pod.Uid());
    }

    [Theory, ControlPlanes]
    public async Task NodesNamespacesAndServicesAreFollowedToo(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await using var plane = FollowedPlane.Open(cluster);
        await plane.SyncedAsync();
        var node = await cluster.AddNodeAsync("node-1", "zone-a");
        await plane.UntilAsync(() => plane.Cache.FindNode(node)?.Zone == "zone-a");
        (await cluster.Api.PatchAsync($"/api/v1/namespaces/{cluster.Namespace}", """{"metadata":{"annotations":{"registry-gateway.io/mirrors":"generic"}}}""")).Expect(200);
        await plane.UntilAsync(() => plane.Cache.FindNamespace(cluster.Namespace)?.Metadata.Annotations.ContainsKey("registry-gateway.io/mirrors") == true);
        await cluster.AddServiceAsync();
        await plane.UntilAsync(() => plane.Cache.FindService(cluster.Namespace, "orders") is not null);
        (await cluster.Api.DeleteAsync($"{cluster.Services}/orders")).Expect(200);
        await plane.UntilAsync(() => plane.Cache.FindService(cluster.Namespace, "orders") is null);
    }

    [Theory, ControlPlanes]
    public async Task SlicesAreFollowed(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await using var plane = FollowedPlane.Open(cluster, ownNamespaceOnly: true);
        await plane.SyncedAsync();
        await cluster.AddServiceAsync();
        await cluster.AddPodAsync("orders-1");
        await plane.UntilAsync(() => Ready() == 1);
        await cluster.AddPodAsync("orders-2");
        await plane.UntilAsync(() => Ready() == 2);
        await cluster.SetReadyAsync("orders-1", isReady: false);
        await plane.UntilAsync(() => Ready() == 1);
        await cluster.RemovePodAsync("orders-2");
        await plane.UntilAsync(() => Ready() == 0);

        int Ready() => plane.Cache.SliceScopes[0].Store.All.Sum(static slice => slice.Endpoints.Count(static endpoint => endpoint.Ready != false));
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.Controllers)]
    public async Task EndpointsAreFollowedWhereTheyAreAskedFor(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await using var plane = FollowedPlane.Open(cluster, ownNamespaceOnly: true, EndpointsKind.Endpoints);
        await plane.SyncedAsync();
        await cluster.AddServiceAsync();
        await plane.UntilAsync(() => plane.Cache.EndpointsScopes[0].Store.Count == 1);
        (await cluster.Api.DeleteAsync($"{cluster.Services}/orders")).Expect(200);
        await plane.UntilAsync(() => plane.Cache.EndpointsScopes[0].Store.Count == 0);
    }

    [Theory, ControlPlanes]
    public async Task APodThatLeavesTheSelectorIsForgottenAndOneThatEntersIsLearnt(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        await cluster.AddPodAsync(new PodShape("carts-1") { Labels = new Dictionary<string, string> { ["app"] = "carts" } });
        await using var plane = FollowedPlane.Open(cluster, ownNamespaceOnly: true, podSelector: "app=orders");
        await plane.SyncedAsync();
        (plane.Pod("orders-1") is null, plane.Pod("carts-1") is null).ShouldBe((false, true));
        (await cluster.Api.PatchAsync(cluster.Pod("orders-1"), """{"metadata":{"labels":{"app":"carts"}}}""")).Expect(200);
        await plane.UntilAsync(() => plane.Pod("orders-1") is null);
        (await cluster.Api.PatchAsync(cluster.Pod("carts-1"), """{"metadata":{"labels":{"app":"orders"}}}""")).Expect(200);
        await plane.UntilAsync(() => plane.Pod("carts-1") is not null);
    }

    [Theory, ControlPlanes]
    public async Task NothingIsMissedWhileWatchesEndAndBeginAgain(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var brief = new ReflectorOptions { WatchTimeout = TimeSpan.FromSeconds(1), ShortWatch = TimeSpan.Zero };
        await using var plane = FollowedPlane.Open(cluster, ownNamespaceOnly: true, reflector: brief);
        await plane.SyncedAsync();
        await cluster.AddPodAsync("orders-1");
        var until = DateTimeOffset.UtcNow.AddSeconds(4);
        var number = 0;
        while (DateTimeOffset.UtcNow < until)
        {
            var value = $"{number++}";
            var written = await cluster.AnnotateAsync("orders-1", "registry-gateway.io/n", value);
            await plane.UntilAsync(() => plane.Pod("orders-1") is { } held && held.Metadata.Annotations.GetValueOrDefault("registry-gateway.io/n") == value);
            plane.Pod("orders-1")!.Metadata.Version.ToString().ShouldBe(written.VersionText());
        }

        plane.Cache.IsLost.ShouldBeFalse();
    }

    [Theory, ControlPlanes]
    public async Task ThreeHundredPodsAtOnceAreAllHeld(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await using var plane = FollowedPlane.Open(cluster, ownNamespaceOnly: true);
        string[] names = [.. Enumerable.Range(0, 300).Select(static number => $"orders-{number}")];
        await Parallel.ForEachAsync(names, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (name, _) =>
            (await cluster.Api.PostAsync(cluster.Pods, new PodShape(name).Manifest(""))).Expect(201));
        await plane.UntilAsync(() => plane.Cache.HasSynced && plane.Cache.PodScopes[0].Store.Count == names.Length);
        names.ShouldAllBe(name => plane.Cache.FindPod(cluster.Namespace, name) != null);
    }
}
