using System.Text.Json.Nodes;
using Gateway.Tests.Conformance.Planes;

namespace Gateway.Tests.Conformance.Api;

/// <summary>How a pod leaves: with its grace period, at once, and under a name that another takes.</summary>
public sealed class DeletionTests(ControlPlanes planes)
{
    private static CancellationToken Deadline => TestContext.Current.CancellationToken;

    [Theory, ControlPlanes]
    public async Task ADeletedPodStaysUntilItsKubeletIsDone(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var pod = await cluster.AddPodAsync("orders-1");

        var answer = await cluster.TerminateAsync("orders-1");

        answer.Text("kind").ShouldBe("Pod");
        answer.Number("metadata", "deletionGracePeriodSeconds").ShouldBe(30);
        var deletion = DateTimeOffset.Parse(answer.Text("metadata", "deletionTimestamp")!);
        deletion.ShouldBeGreaterThan(DateTimeOffset.UtcNow.AddSeconds(15));
        answer.Version().ShouldBeGreaterThan(pod.Version());
        answer.Number("metadata", "generation").ShouldBe(pod.Number("metadata", "generation") is { } generation ? generation + 1 : null);
        (await cluster.Api.GetAsync(cluster.Pod("orders-1"))).Expect(200).Uid().ShouldBe(pod.Uid());
        await cluster.RemovePodAsync("orders-1");
        (await cluster.Api.GetAsync(cluster.Pod("orders-1"))).ExpectRefusal(404, "NotFound");
    }

    [Theory, ControlPlanes]
    public async Task ATerminatingPodIsModifiedAndThenDeletedOnAWatch(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var pod = await cluster.AddPodAsync("orders-1");
        await using var watch = await cluster.Api.WatchAsync($"{cluster.Pods}?resourceVersion={pod.VersionText()}");

        var terminating = await cluster.TerminateAsync("orders-1");
        await cluster.RemovePodAsync("orders-1");

        var modified = await watch.NextChangeAsync(Deadline);
        modified.ToString().ShouldBe($"MODIFIED orders-1 {terminating.VersionText()}");
        modified.Object.At("metadata", "deletionTimestamp").ShouldNotBeNull();
        var changes = new List<string>();
        do
        {
            changes.Add((await watch.NextChangeAsync(Deadline)).Type);
        }
        while (changes[^1] != "DELETED");

        string.Join(' ', changes).ShouldBeOneOf("DELETED", "MODIFIED DELETED");
    }

    [Theory, ControlPlanes]
    public async Task ASecondDeletionMayShortenTheGraceButNotLengthenIt(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        await cluster.TerminateAsync("orders-1");
        (await cluster.Api.DeleteAsync($"{cluster.Pod("orders-1")}?gracePeriodSeconds=500")).Expect(200)
            .Number("metadata", "deletionGracePeriodSeconds").ShouldBe(30);
        (await cluster.Api.DeleteAsync($"{cluster.Pod("orders-1")}?gracePeriodSeconds=5")).Expect(200)
            .Number("metadata", "deletionGracePeriodSeconds").ShouldBe(5);
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.ApiServer, """{"gracePeriodSeconds":7}""",
        """{"kind":"DeleteOptions","apiVersion":"v1","gracePeriodSeconds":7,"propagationPolicy":"Background"}""")]
    public async Task TheGraceMayComeInTheBody(ControlPlaneCase on, string body)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        (await cluster.Api.DeleteAsync(cluster.Pod("orders-1"), body)).Expect(200).Number("metadata", "deletionGracePeriodSeconds").ShouldBe(7);
    }

    [Theory, ControlPlanes]
    public async Task APodThatNobodyScheduledGoesAtOnce(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        (await cluster.Api.PostAsync(cluster.Pods, new PodShape("orders-1").Manifest(""))).Expect(201);
        (await cluster.Api.DeleteAsync(cluster.Pod("orders-1"))).Expect(200);
        (await cluster.Api.GetAsync(cluster.Pod("orders-1"))).ExpectRefusal(404, "NotFound");
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.ApiServer, "Succeeded", "Failed")]
    public async Task APodThatHasEndedGoesAtOnce(ControlPlaneCase on, string phase)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync(new PodShape("orders-1") { Phase = phase });
        (await cluster.Api.DeleteAsync(cluster.Pod("orders-1"))).Expect(200);
        (await cluster.Api.GetAsync(cluster.Pod("orders-1"))).ExpectRefusal(404, "NotFound");
    }

    [Theory, ControlPlanes]
    public async Task TheSameNameAgainIsAnotherPod(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var old = await cluster.AddPodAsync("orders-1");
        await cluster.AnnotateAsync("orders-1", "a", "1");
        await cluster.RemovePodAsync("orders-1");

        var next = await cluster.AddPodAsync("orders-1");

        next.Uid().ShouldNotBe(old.Uid());
        next.Version().ShouldBeGreaterThan(old.Version());
        next.Annotation("a").ShouldBeNull();
        var late = await cluster.Api.PatchAsync(cluster.Pod("orders-1"), PatchTests.Annotate("a", "2", uid: old.Uid()));
        late.ExpectRefusal(422, "Invalid");
        late.Causes.ShouldContain("FieldValueInvalid metadata.uid");
    }

    [Theory, ControlPlanes]
    public async Task ATerminatingPodKeepsItsName(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        await cluster.TerminateAsync("orders-1");
        (await cluster.Api.PostAsync(cluster.Pods, new PodShape("orders-1").Manifest(""))).ExpectRefusal(409, "AlreadyExists");
    }

    [Theory, ControlPlanes]
    public async Task APreconditionOfAnotherUidConflicts(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var pod = await cluster.AddPodAsync("orders-1");
        var wrong = $$"""{"gracePeriodSeconds":0,"preconditions":{"uid":"{{Guid.NewGuid()}}"} }""";
        (await cluster.Api.DeleteAsync(cluster.Pod("orders-1"), wrong)).ExpectRefusal(409, "Conflict");
        var stale = """{"gracePeriodSeconds":0,"preconditions":{"resourceVersion":"1"}}""";
        (await cluster.Api.DeleteAsync(cluster.Pod("orders-1"), stale)).ExpectRefusal(409, "Conflict");
        var right = $$"""{"gracePeriodSeconds":0,"preconditions":{"uid":"{{pod.Uid()}}"} }""";
        (await cluster.Api.DeleteAsync(cluster.Pod("orders-1"), right)).Expect(200);
        (await cluster.Api.GetAsync(cluster.Pod("orders-1"))).Expect(404);
    }

    [Theory, ControlPlanes]
    public async Task AFinalizerHoldsAPodBackUntilItIsRemoved(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        (await cluster.Api.PatchAsync(cluster.Pod("orders-1"), """{"metadata":{"finalizers":["example.com/hold"]}}""")).Expect(200);
        (await cluster.Api.DeleteAsync($"{cluster.Pod("orders-1")}?gracePeriodSeconds=0")).Expect(200);
        var held = (await cluster.Api.GetAsync(cluster.Pod("orders-1"))).Expect(200);
        held.At("metadata", "deletionTimestamp").ShouldNotBeNull();
        (await cluster.Api.PatchAsync(cluster.Pod("orders-1"), """{"metadata":{"finalizers":null}}""")).Expect(200);
        (await cluster.Api.GetAsync(cluster.Pod("orders-1"))).Expect(404);
    }

    [Theory, ControlPlanes]
    public async Task WhatIsNotThereCannotBeDeleted(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var missing = (await cluster.Api.DeleteAsync(cluster.Pod("nobody"))).ExpectRefusal(404, "NotFound");
        (missing.Text("details", "name"), missing.Text("details", "kind")).ShouldBe(("nobody", "pods"));
    }

    [Theory, ControlPlanes]
    public async Task ADeletedServiceIsShownOnceMore(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var service = await cluster.AddServiceAsync("orders", """{"selector":null}""");
        var answer = (await cluster.Api.DeleteAsync($"{cluster.Services}/orders")).Expect(200);
        answer.Text("kind").ShouldBe("Service");
        answer.Uid().ShouldBe(service.Uid());
        (await cluster.Api.GetAsync($"{cluster.Services}/orders")).ExpectRefusal(404, "NotFound");
    }

    [Theory, ControlPlanes]
    public async Task ANameIsTakenOnlyOnceAndMayBeGenerated(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        var again = (await cluster.Api.PostAsync(cluster.Pods, new PodShape("orders-1").Manifest(""))).ExpectRefusal(409, "AlreadyExists");
        again.Text("details", "name").ShouldBe("orders-1");
        var manifest = new PodShape("x").Manifest("");
        manifest["metadata"] = new JsonObject { ["generateName"] = "orders-" };
        var (one, other) = ((await cluster.Api.PostAsync(cluster.Pods, manifest)).Expect(201), (await cluster.Api.PostAsync(cluster.Pods, manifest)).Expect(201));
        one.Name().ShouldStartWith("orders-");
        one.Name().ShouldNotBe(other.Name());
    }
}
