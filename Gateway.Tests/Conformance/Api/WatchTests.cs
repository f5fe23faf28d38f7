using System.Text.Json.Nodes;
using Gateway.Tests.Conformance.Planes;

namespace Gateway.Tests.Conformance.Api;

/// <summary>Watches: where they begin, what they tell, how they end.</summary>
public sealed class WatchTests(ControlPlanes planes)
{
    private static CancellationToken Deadline => TestContext.Current.CancellationToken;

    [Theory, ControlPlanes]
    public async Task AWatchFromAVersionTellsEverythingAfterIt(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var first = await cluster.AddPodAsync("orders-1");
        var annotated = await cluster.AnnotateAsync("orders-1", "a", "1");
        await cluster.RemovePodAsync("orders-1");

        await using var watch = await cluster.Api.WatchAsync($"{cluster.Pods}?resourceVersion={first.VersionText()}");

        watch.Status.ShouldBe(200);
        (await watch.NextChangeAsync(Deadline)).ToString().ShouldBe($"MODIFIED orders-1 {annotated.VersionText()}");
        // Deletion with grace 0 may pass through a state with a deletionTimestamp first.
        var change = await watch.NextChangeAsync(Deadline);
        if (change.Type == "MODIFIED")
        {
            change.Object.At("metadata", "deletionTimestamp").ShouldNotBeNull();
            change = await watch.NextChangeAsync(Deadline);
        }

        (change.Type, change.Object.Name(), change.Object.Uid()).ShouldBe(("DELETED", "orders-1", first.Uid()));
        change.Object.Version().ShouldBeGreaterThan(annotated.Version());
    }

    [Theory, ControlPlanes]
    public async Task EventsCarryWholeObjectsWithTheirKind(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var first = await cluster.AddPodAsync("orders-1");
        await using var watch = await cluster.Api.WatchAsync($"{cluster.Pods}?resourceVersion={first.VersionText()}");
        var annotated = await cluster.AnnotateAsync("orders-1", "a", "1");
        var change = await watch.NextChangeAsync(Deadline);
        (change.Object.Text("kind"), change.Object.Text("apiVersion")).ShouldBe(("Pod", "v1"));
        JsonNode.DeepEquals(change.Object, annotated).ShouldBeTrue();
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.ApiServer, "", "0")]
    public async Task AWatchFromAnywhereBeginsWithWhatIsThere(ControlPlaneCase on, string version)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        await cluster.AddPodAsync("orders-2");
        await cluster.WaitUntilAsync(cluster.Pods, static pods => pods.Count == 2);
        await using var watch = await cluster.Api.WatchAsync($"{cluster.Pods}?resourceVersion={version}");
        string[] begun = [(await watch.NextChangeAsync(Deadline)).ToString(), (await watch.NextChangeAsync(Deadline)).ToString()];
        begun.Select(static change => change[..change.LastIndexOf(' ')]).Order().ShouldBe(["ADDED orders-1", "ADDED orders-2"]);
        await cluster.AddPodAsync("orders-3");
        var next = await watch.NextChangeAsync(Deadline);
        (next.Type, next.Object.Name()).ShouldBe(("ADDED", "orders-3"));
    }

    [Theory, ControlPlanes]
    public async Task AWatchFromALostVersionIsOneErrorOfCode410(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await using var watch = await cluster.Api.WatchAsync($"{cluster.Pods}?resourceVersion=1");
        watch.Status.ShouldBe(200);
        var change = (await watch.RestAsync(Deadline)).ShouldHaveSingleItem();
        change.Type.ShouldBe("ERROR");
        (change.Object.Text("kind"), change.Object.Text("status"), change.Object.Number("code")).ShouldBe(("Status", "Failure", 410L));
        change.Object.Text("reason").ShouldBeOneOf("Expired", "Gone");
    }

    [Theory, ControlPlanes]
    public async Task AWatchFromTheFutureIsSilent(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        await using var watch = await cluster.Api.WatchAsync($"{cluster.Pods}?resourceVersion=9999999999&timeoutSeconds=1");
        await cluster.AddPodAsync("orders-2");
        watch.Status.ShouldBe(200);
        (await watch.RestAsync(Deadline)).Where(static change => change.Type != "BOOKMARK").ShouldBeEmpty();
    }

    [Theory, ControlPlanes]
    public async Task AWatchThatAskedForBookmarksEndsWithOne(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var pod = await cluster.AddPodAsync("orders-1");
        await using var watch = await cluster.Api.WatchAsync(
            $"{cluster.Pods}?resourceVersion={pod.VersionText()}&allowWatchBookmarks=true&timeoutSeconds=3");
        var last = await cluster.AnnotateAsync("orders-1", "a", "1");

        var changes = await watch.RestAsync(Deadline);

        changes.Count(static change => change.Type == "MODIFIED").ShouldBe(1);
        var bookmark = changes[^1];
        bookmark.Type.ShouldBe("BOOKMARK");
        bookmark.Object.Text("kind").ShouldBe("Pod");
        bookmark.Object.Name().ShouldBe("");
        bookmark.Object.Version().ShouldBeGreaterThanOrEqualTo(last.Version());
    }

    [Theory, ControlPlanes]
    public async Task ABookmarkOfAnIdleNamespaceMovesOnWithOthersWrites(ControlPlaneCase on)
    {
        await using var idle = await planes.OpenAsync(on);
        await using var busy = await planes.OpenAsync(on);
        var begin = (await idle.Api.GetAsync(idle.Pods)).Expect(200);
        await using var watch = await idle.Api.WatchAsync($"{idle.Pods}?resourceVersion={begin.VersionText()}&allowWatchBookmarks=true&timeoutSeconds=3");
        var written = await busy.AddPodAsync("orders-1");
        var changes = await watch.RestAsync(Deadline);
        changes.ShouldAllBe(static change => change.Type == "BOOKMARK");
        changes[^1].Object.Version().ShouldBeGreaterThanOrEqualTo(written.Version());
    }

    [Theory, ControlPlanes]
    public async Task AWatchWithoutBookmarksGetsNone(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var pod = await cluster.AddPodAsync("orders-1");
        await using var watch = await cluster.Api.WatchAsync($"{cluster.Pods}?resourceVersion={pod.VersionText()}&timeoutSeconds=1");
        (await watch.RestAsync(Deadline)).ShouldBeEmpty();
    }

    [Theory, ControlPlanes]
    public async Task ABookmarkIsAPlaceToGoOnFrom(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var pod = await cluster.AddPodAsync("orders-1");
        string version;
        await using (var watch = await cluster.Api.WatchAsync(
            $"{cluster.Pods}?resourceVersion={pod.VersionText()}&allowWatchBookmarks=true&timeoutSeconds=3"))
        {
            version = (await watch.RestAsync(Deadline))[^1].Object.VersionText();
        }

        await using var next = await cluster.Api.WatchAsync($"{cluster.Pods}?resourceVersion={version}");
        var annotated = await cluster.AnnotateAsync("orders-1", "a", "1");
        (await next.NextChangeAsync(Deadline)).ToString().ShouldBe($"MODIFIED orders-1 {annotated.VersionText()}");
    }

    [Theory, ControlPlanes]
    public async Task AnObjectThatLeavesASelectorIsDeletedWithItsOldContentUnderTheNewVersion(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var pod = await cluster.AddPodAsync("orders-1");
        await using var watch = await cluster.Api.WatchAsync($"{cluster.Pods}?labelSelector=app%3Dorders&resourceVersion={pod.VersionText()}");

        var left = (await cluster.Api.PatchAsync(cluster.Pod("orders-1"), """{"metadata":{"labels":{"app":"carts"},"annotations":{"a":"1"}}}""")).Expect(200);
        await cluster.AnnotateAsync("orders-1", "a", "2");
        var back = (await cluster.Api.PatchAsync(cluster.Pod("orders-1"), """{"metadata":{"labels":{"app":"orders"}}}""")).Expect(200);

        var deleted = await watch.NextChangeAsync(Deadline);
        deleted.ToString().ShouldBe($"DELETED orders-1 {left.VersionText()}");
        deleted.Object.Text("metadata", "labels", "app").ShouldBe("orders");
        deleted.Object.Annotation("a").ShouldBeNull();
        var added = await watch.NextChangeAsync(Deadline);
        added.ToString().ShouldBe($"ADDED orders-1 {back.VersionText()}");
        added.Object.Annotation("a").ShouldBe("2");
    }

    [Theory, ControlPlanes]
    public async Task ASelectorOfFieldsHasTheSameTransitions(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var pod = await cluster.AddPodAsync("orders-1");
        await using var watch = await cluster.Api.WatchAsync($"{cluster.Pods}?fieldSelector=status.phase%3DRunning&resourceVersion={pod.VersionText()}");
        await cluster.PatchStatusAsync("orders-1", KubernetesJson.Parse("""{"phase":"Failed"}"""));
        var deleted = await watch.NextChangeAsync(Deadline);
        (deleted.Type, deleted.Object.Text("status", "phase")).ShouldBe(("DELETED", "Running"));
    }

    [Theory, ControlPlanes]
    public async Task ADeletedObjectShowsItsLastContent(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        var last = await cluster.AnnotateAsync("orders-1", "a", "1");
        await using var watch = await cluster.Api.WatchAsync($"{cluster.Pods}?fieldSelector=metadata.name%3Dorders-1&resourceVersion={last.VersionText()}");
        await cluster.RemovePodAsync("orders-1");
        WatchedChange change;
        do
        {
            change = await watch.NextChangeAsync(Deadline);
        }
        while (change.Type == "MODIFIED");

        change.Type.ShouldBe("DELETED");
        change.Object.Annotation("a").ShouldBe("1");
        change.Object.Version().ShouldBeGreaterThan(last.Version());
    }

    [Theory, ControlPlanes]
    public async Task ManyWatchersSeeTheSameChangesInTheSameOrder(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var pod = await cluster.AddPodAsync("orders-1");
        const int Changes = 20;
        var watches = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => cluster.Api.WatchAsync($"{cluster.Pods}?resourceVersion={pod.VersionText()}")));
        var written = new List<string>();
        for (var number = 0; number < Changes; number++)
        {
            written.Add((await cluster.AnnotateAsync("orders-1", "n", $"{number}")).VersionText());
        }

        foreach (var watch in watches)
        {
            var seen = new List<string>();
            while (seen.Count < Changes)
            {
                seen.Add((await watch.NextChangeAsync(Deadline)).Object.VersionText());
            }

            seen.ShouldBe(written);
            await watch.DisposeAsync();
        }
    }

    [Theory, ControlPlanes]
    public async Task AWatchOfTheWholeClusterTellsOfEveryNamespace(ControlPlaneCase on)
    {
        await using var one = await planes.OpenAsync(on);
        await using var other = await planes.OpenAsync(on);
        var begin = (await one.Api.GetAsync("/api/v1/pods")).Expect(200).VersionText();
        await using var watch = await one.Api.WatchAsync($"/api/v1/pods?resourceVersion={begin}");
        await one.AddPodAsync("orders-1");
        await other.AddPodAsync("orders-1");
        var missing = new HashSet<string?> { one.Namespace, other.Namespace };
        while (missing.Count > 0)
        {
            missing.Remove((await watch.NextChangeAsync(Deadline)).Object.Text("metadata", "namespace"));
        }
    }

    [Theory, ControlPlanes]
    public async Task StreamingListsEndInAMarkedBookmarkOrAreRefused(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        await using var watch = await cluster.Api.WatchAsync(
            $"{cluster.Pods}?sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=5");
        if (watch.Status == 422)
        {
            return;
        }

        watch.Status.ShouldBe(200);
        var first = (await watch.NextAsync(Deadline))!;
        if (first.Type == "ERROR")
        {
            // The feature is on, but the etcd below is too old to report progress.
            first.Object.Number("code").ShouldBe(500);
            return;
        }

        first.Type.ShouldBe("ADDED");
        var end = (await watch.NextAsync(Deadline))!;
        end.Type.ShouldBe("BOOKMARK");
        end.Object.Annotation("k8s.io/initial-events-end").ShouldBe("true");
    }

    [Theory, ControlPlanes]
    public async Task AWatchOfABadSelectorIsRefusedAtOnce(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await using var watch = await cluster.Api.WatchAsync($"{cluster.Pods}?labelSelector=a%3D%3D%3Db");
        watch.Status.ShouldBe(400);
    }
}
