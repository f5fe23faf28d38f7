using System.Text.Json.Nodes;
using Gateway.Tests.Conformance.Planes;

namespace Gateway.Tests.Conformance.Api;

/// <summary>Lists: at which version, of what, in how many pages.</summary>
public sealed class ListTests(ControlPlanes planes)
{
    [Theory, ControlPlanes]
    public async Task AnEmptyListHasAVersionAndNoItems(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var list = (await cluster.Api.GetAsync(cluster.Pods)).Expect(200);
        list.Text("kind").ShouldBe("PodList");
        list.Text("apiVersion").ShouldBe("v1");
        list.Version().ShouldBeGreaterThan(0);
        list.At("items").ShouldBeOfType<JsonArray>().ShouldBeEmpty();
    }

    [Theory, ControlPlanes]
    public async Task ItemsAreInOrderOfTheirNamesAndCarryNoKind(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        foreach (var name in new[] { "b", "a-b", "a", "c", "a.b" })
        {
            await cluster.AddPodAsync(name);
        }

        var list = (await cluster.Api.GetAsync(cluster.Pods)).Expect(200);
        list.Items().Select(static item => item.Name()).ShouldBe(["a", "a-b", "a.b", "b", "c"]);
        list.Items().ShouldAllBe(static item => !item.ContainsKey("kind") && !item.ContainsKey("apiVersion"));
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.ApiServer, "", "0", "last")]
    public async Task AListIsAtLeastAsNewAsWhatItNames(ControlPlaneCase on, string version)
    {
        await using var cluster = await planes.OpenAsync(on);
        var pod = await cluster.AddPodAsync("orders-1");
        // A list from the watch cache may lag behind the write, but not behind the version it names.
        await cluster.WaitUntilAsync(cluster.Pods, pods => pods.Any(item => item.Version() >= pod.Version()));
        var query = version switch { "" => "", "last" => $"?resourceVersion={pod.VersionText()}", _ => "?resourceVersion=0" };
        var list = (await cluster.Api.GetAsync(cluster.Pods + query)).Expect(200);
        list.Version().ShouldBeGreaterThanOrEqualTo(version == "0" ? 1 : pod.Version());
    }

    [Theory, ControlPlanes]
    public async Task AListAfterAWriteShowsTheWrite(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        for (var number = 0; number < 10; number++)
        {
            var pod = await cluster.AddPodAsync($"orders-{number}");
            var list = (await cluster.Api.GetAsync(cluster.Pods)).Expect(200);
            list.Items().Count.ShouldBe(number + 1);
            list.Version().ShouldBeGreaterThanOrEqualTo(pod.Version());
        }
    }

    [Theory, ControlPlanes]
    public async Task PagesAreOneSnapshotOfOneVersion(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        string[] names = [.. Enumerable.Range(1, 7).Select(static number => $"orders-{number}")];
        foreach (var name in names)
        {
            await cluster.AddPodAsync(name);
        }

        var first = (await cluster.Api.GetAsync($"{cluster.Pods}?limit=3")).Expect(200);
        await cluster.AddPodAsync("orders-8");
        await cluster.RemovePodAsync("orders-5");
        var found = first.Items().Select(static item => item.Name()).ToList();
        first.Number("metadata", "remainingItemCount").ShouldBe(4);
        var page = first;
        while (page.Text("metadata", "continue") is { Length: > 0 } token)
        {
            page = (await cluster.Api.GetAsync($"{cluster.Pods}?limit=3&continue={Uri.EscapeDataString(token)}")).Expect(200);
            page.VersionText().ShouldBe(first.VersionText());
            found.AddRange(page.Items().Select(static item => item.Name()));
        }

        found.ShouldBe(names);
        page.At("metadata", "remainingItemCount").ShouldBeNull();
    }

    [Theory, ControlPlanes]
    public async Task APageThatHoldsAllHasNothingToContinue(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        var list = (await cluster.Api.GetAsync($"{cluster.Pods}?limit=5")).Expect(200);
        list.Items().Count.ShouldBe(1);
        list.Text("metadata", "continue").ShouldBeNull();
    }

    [Theory, ControlPlanes]
    public async Task APageOfASelectionCountsNothingThatRemains(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        foreach (var number in Enumerable.Range(1, 4))
        {
            await cluster.AddPodAsync($"orders-{number}");
        }

        var list = (await cluster.Api.GetAsync($"{cluster.Pods}?limit=2&labelSelector=app%3Dorders")).Expect(200);
        list.Items().Count.ShouldBe(2);
        list.Text("metadata", "continue").ShouldNotBeNullOrEmpty();
        list.At("metadata", "remainingItemCount").ShouldBeNull();
    }

    [Theory, ControlPlanes]
    public async Task TheLimitIsIgnoredForAnyVersion(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        foreach (var number in Enumerable.Range(1, 3))
        {
            await cluster.AddPodAsync($"orders-{number}");
        }

        await cluster.WaitUntilAsync(cluster.Pods, static pods => pods.Count == 3);
        var list = (await cluster.Api.GetAsync($"{cluster.Pods}?resourceVersion=0&limit=1")).Expect(200);
        list.Items().Count.ShouldBe(3);
        list.Text("metadata", "continue").ShouldBeNull();
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.ApiServer, "abc", "e30", "%21")]
    public async Task AContinueTokenThatIsNoneIsABadRequest(ControlPlaneCase on, string token)
    {
        await using var cluster = await planes.OpenAsync(on);
        (await cluster.Api.GetAsync($"{cluster.Pods}?limit=1&continue={token}")).ExpectRefusal(400, "BadRequest");
    }

    [Theory, ControlPlanes]
    public async Task AVersionFromTheFutureIsATimeoutThatSaysSo(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var answer = await cluster.Api.GetAsync($"{cluster.Pods}?resourceVersion=9999999999");
        var status = answer.ExpectRefusal(504, "Timeout");
        answer.Causes.ShouldBe(["ResourceVersionTooLarge"]);
        status.Number("details", "retryAfterSeconds").ShouldBe(1);
        answer.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(1));
    }

    [Theory, ControlPlanes]
    public async Task AnExactVersionThatIsGoneIsGone(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        (await cluster.Api.GetAsync($"{cluster.Pods}?resourceVersion=1&resourceVersionMatch=Exact")).ExpectRefusal(410, "Expired");
    }

    [Theory, ControlPlanes]
    public async Task AnOldVersionAsALowerBoundIsNotGone(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        (await cluster.Api.GetAsync($"{cluster.Pods}?resourceVersion=1")).Expect(200).Version().ShouldBeGreaterThan(1);
        (await cluster.Api.GetAsync($"{cluster.Pods}?resourceVersion=1&resourceVersionMatch=NotOlderThan")).Expect(200);
    }

    [Theory, ControlPlanes]
    public async Task AnExactVersionIsTheStateOfThen(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var first = await cluster.AddPodAsync("orders-1");
        await cluster.AddPodAsync("orders-2");
        await cluster.AnnotateAsync("orders-1", "later", "1");
        await cluster.RemovePodAsync("orders-2");

        var list = (await cluster.Api.GetAsync($"{cluster.Pods}?resourceVersion={first.VersionText()}&resourceVersionMatch=Exact")).Expect(200);

        list.VersionText().ShouldBe(first.VersionText());
        var item = list.Items().ShouldHaveSingleItem();
        (item.Name(), item.VersionText(), item.Annotation("later")).ShouldBe(("orders-1", first.VersionText(), null));
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.ApiServer, "resourceVersionMatch=Exact", "resourceVersionMatch=Newest&resourceVersion=1",
        "resourceVersionMatch=Exact&resourceVersion=0")]
    public async Task AVersionThatCannotBeMeantIsRefused(ControlPlaneCase on, string query)
    {
        await using var cluster = await planes.OpenAsync(on);
        var answer = await cluster.Api.GetAsync($"{cluster.Pods}?{query}");
        answer.ExpectRefusal(422, "Invalid");
        answer.Causes.ShouldNotBeEmpty();
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.ApiServer, "abc", "-1")]
    public async Task AVersionThatIsNoNumberIsAFailureWithoutAReason(ControlPlaneCase on, string version)
    {
        await using var cluster = await planes.OpenAsync(on);
        (await cluster.Api.GetAsync($"{cluster.Pods}?resourceVersion={version}")).ExpectRefusal(500, null);
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.ApiServer, "pods", "services", "endpointslices", "nodes", "namespaces")]
    public async Task AListOfNothingTellsHowFarTheWatchCacheIs(ControlPlaneCase on, string kind)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        var path = kind switch
        {
            "pods" => cluster.Pods,
            "services" => cluster.Services,
            "endpointslices" => cluster.Slices,
            _ => $"/api/v1/{kind}",
        };
        var list = (await cluster.Api.GetAsync($"{path}?resourceVersion=0&fieldSelector=metadata.name%3Dnone")).Expect(200);
        list.Items().ShouldBeEmpty();
        list.Version().ShouldBeGreaterThan(1);
    }

    [Theory, ControlPlanes]
    public async Task EveryWriteOfAKindHasAHigherVersionThanTheOneBefore(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var versions = new List<long> { (await cluster.AddPodAsync("orders-1")).Version() };
        for (var number = 0; number < 5; number++)
        {
            versions.Add((await cluster.AnnotateAsync("orders-1", "n", $"{number}")).Version());
            versions.Add((await cluster.AddPodAsync($"other-{number}")).Version());
            versions.Add((await cluster.SetReadyAsync("orders-1", number % 2 == 1)).Version());
        }

        versions.ShouldBeInOrder(SortDirection.Ascending);
        versions.ShouldBeUnique();
    }

    [Theory, ControlPlanes]
    public async Task AWholeClusterListHoldsEveryNamespace(ControlPlaneCase on)
    {
        await using var one = await planes.OpenAsync(on);
        await using var other = await planes.OpenAsync(on);
        await one.AddPodAsync("orders-1");
        await other.AddPodAsync("orders-1");
        var list = (await one.Api.GetAsync("/api/v1/pods")).Expect(200);
        var namespaces = list.Items().Select(static item => item.Text("metadata", "namespace")).ToList();
        namespaces.ShouldContain(one.Namespace);
        namespaces.ShouldContain(other.Namespace);
    }

    [Theory, ControlPlanes]
    public async Task AnUnknownNamespaceIsAnEmptyListAndAnUnknownKindIsNotFound(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        (await cluster.Api.GetAsync("/api/v1/namespaces/no-such-namespace/pods")).Expect(200).Items().ShouldBeEmpty();
        (await cluster.Api.GetAsync($"/api/v1/namespaces/{cluster.Namespace}/widgets")).Status.ShouldBe(404);
        (await cluster.Api.GetAsync("/apis/example.com/v1/widgets")).Status.ShouldBe(404);
    }
}
