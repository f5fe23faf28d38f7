using Gateway.Tests.Conformance.Planes;

namespace Gateway.Tests.Conformance.Api;

/// <summary>Objects without spec and status, as nodes and namespaces are read.</summary>
public sealed class MetadataOnlyTests(ControlPlanes planes)
{
    private const string List = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
    private const string Single = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";

    private static CancellationToken Deadline => TestContext.Current.CancellationToken;

    [Theory, ControlPlanes]
    public async Task AListHoldsMetadataAlone(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var node = await cluster.AddNodeAsync("node-1", "zone-a");
        var list = (await cluster.Api.GetAsync($"/api/v1/nodes?labelSelector=conformance%3D{cluster.Namespace}", List)).Expect(200);
        (list.Text("kind"), list.Text("apiVersion")).ShouldBe(("PartialObjectMetadataList", "meta.k8s.io/v1"));
        list.Version().ShouldBeGreaterThan(0);
        var item = list.Items().ShouldHaveSingleItem();
        item.Name().ShouldBe(node);
        item.Text("metadata", "labels", "topology.kubernetes.io/zone").ShouldBe("zone-a");
        item.ContainsKey("spec").ShouldBeFalse();
        item.ContainsKey("status").ShouldBeFalse();
    }

    [Theory, ControlPlanes]
    public async Task AGetHoldsMetadataAlone(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var pod = await cluster.AddPodAsync("orders-1");
        var answer = (await cluster.Api.GetAsync(cluster.Pod("orders-1"), Single)).Expect(200);
        (answer.Text("kind"), answer.Text("apiVersion")).ShouldBe(("PartialObjectMetadata", "meta.k8s.io/v1"));
        (answer.Uid(), answer.VersionText()).ShouldBe((pod.Uid(), pod.VersionText()));
        answer.ContainsKey("spec").ShouldBeFalse();
    }

    [Theory, ControlPlanes]
    public async Task AWatchTellsMetadataAlone(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var path = $"/api/v1/namespaces/{cluster.Namespace}";
        var begin = (await cluster.Api.GetAsync(path)).Expect(200).VersionText();
        await using var watch = await cluster.Api.WatchAsync(
            $"/api/v1/namespaces?resourceVersion={begin}&fieldSelector=metadata.name%3D{cluster.Namespace}", Single);
        (await cluster.Api.PatchAsync(path, """{"metadata":{"annotations":{"registry-gateway.io/mirrors":"generic"}}}""")).Expect(200);
        var change = await watch.NextChangeAsync(Deadline);
        change.Type.ShouldBe("MODIFIED");
        (change.Object.Text("kind"), change.Object.Text("apiVersion")).ShouldBe(("PartialObjectMetadata", "meta.k8s.io/v1"));
        change.Object.Annotation("registry-gateway.io/mirrors").ShouldBe("generic");
        change.Object.ContainsKey("spec").ShouldBeFalse();
    }

    [Theory, ControlPlanes]
    public async Task ABookmarkOfSuchAWatchIsOfTheSameForm(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await using var watch = await cluster.Api.WatchAsync(
            $"/api/v1/nodes?allowWatchBookmarks=true&timeoutSeconds=3&resourceVersion={(await cluster.Api.GetAsync("/api/v1/nodes")).Expect(200).VersionText()}",
            Single);
        var bookmark = (await watch.RestAsync(Deadline))[^1];
        bookmark.Type.ShouldBe("BOOKMARK");
        bookmark.Object.Text("kind").ShouldBe("PartialObjectMetadata");
        bookmark.Object.Version().ShouldBeGreaterThan(0);
    }

    [Theory, ControlPlanes]
    public async Task PagesWorkForThemAsWell(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        foreach (var number in Enumerable.Range(1, 3))
        {
            await cluster.AddPodAsync($"orders-{number}");
        }

        var first = (await cluster.Api.GetAsync($"{cluster.Pods}?limit=2", List)).Expect(200);
        first.Items().Count.ShouldBe(2);
        var token = Uri.EscapeDataString(first.Text("metadata", "continue")!);
        (await cluster.Api.GetAsync($"{cluster.Pods}?limit=2&continue={token}", List)).Expect(200).Items().ShouldHaveSingleItem().Name().ShouldBe("orders-3");
    }
}
