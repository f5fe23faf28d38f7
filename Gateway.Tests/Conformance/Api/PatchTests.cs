using System.Text.Json.Nodes;
using Gateway.Tests.Conformance.Planes;

namespace Gateway.Tests.Conformance.Api;

/// <summary>Patches of a pod's annotations: the only thing the gateway ever writes to a pod.</summary>
public sealed class PatchTests(ControlPlanes planes)
{
    private const string Key = "registry-gateway.io/0123456789abcdef0123456789abcdef";

    [Theory, ControlPlanes]
    public async Task AnAnnotationIsAddedAndNothingElseChanges(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var before = await cluster.AddPodAsync(new PodShape("orders-1") { Annotations = new Dictionary<string, string> { ["team"] = "shop" } });

        var answer = (await cluster.Api.PatchAsync(cluster.Pod("orders-1"), Annotate(Key, """{"v":1}"""))).Expect(200);

        answer.Text("kind").ShouldBe("Pod");
        answer.Annotation(Key).ShouldBe("""{"v":1}""");
        answer.Annotation("team").ShouldBe("shop");
        answer.Version().ShouldBeGreaterThan(before.Version());
        answer.Uid().ShouldBe(before.Uid());
        answer.Number("metadata", "generation").ShouldBe(before.Number("metadata", "generation"));
        JsonNode.DeepEquals(answer["spec"], before["spec"]).ShouldBeTrue();
        JsonNode.DeepEquals(answer["status"], before["status"]).ShouldBeTrue();
    }

    [Theory, ControlPlanes]
    public async Task TheAnswerIsWhatAGetShows(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        var answer = (await cluster.Api.PatchAsync(cluster.Pod("orders-1"), Annotate(Key, "1"))).Expect(200);
        var read = (await cluster.Api.GetAsync(cluster.Pod("orders-1"))).Expect(200);
        JsonNode.DeepEquals(read, answer).ShouldBeTrue();
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.ApiServer, ApiCalls.Merge, ApiCalls.Strategic)]
    public async Task APatchOfEqualContentKeepsTheVersionAndSendsNoEvent(ControlPlaneCase on, string mediaType)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        var first = await cluster.AnnotateAsync("orders-1", Key, "1");
        await using var watch = await cluster.Api.WatchAsync($"{cluster.Pods}?resourceVersion={first.VersionText()}");

        var again = (await cluster.Api.PatchAsync(cluster.Pod("orders-1"), Annotate(Key, "1"), mediaType)).Expect(200);
        var changed = await cluster.AnnotateAsync("orders-1", Key, "2");

        again.VersionText().ShouldBe(first.VersionText());
        (await watch.NextChangeAsync(TestContext.Current.CancellationToken)).Object.VersionText().ShouldBe(changed.VersionText());
    }

    [Theory, ControlPlanes]
    public async Task AnEmptyPatchChangesNothing(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var pod = await cluster.AddPodAsync("orders-1");
        (await cluster.Api.PatchAsync(cluster.Pod("orders-1"), "{}")).Expect(200).VersionText().ShouldBe(pod.VersionText());
    }

    [Theory, ControlPlanes]
    public async Task RemovingAKeyThatIsNotThereChangesNothing(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var pod = await cluster.AddPodAsync("orders-1");
        (await cluster.Api.PatchAsync(cluster.Pod("orders-1"), Annotate("registry-gateway.io/none", null))).Expect(200)
            .VersionText().ShouldBe(pod.VersionText());
    }

    [Theory, ControlPlanes]
    public async Task NullRemovesAKeyAndTheLastOneTakesTheMapAlong(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        await cluster.AnnotateAsync("orders-1", Key, "1");
        await cluster.AnnotateAsync("orders-1", "team", "shop");

        var one = await cluster.AnnotateAsync("orders-1", Key, null);
        one.At("metadata", "annotations")!.AsObject().Select(static pair => pair.Key).ShouldBe(["team"]);
        var none = await cluster.AnnotateAsync("orders-1", "team", null);
        none.At("metadata", "annotations").ShouldBeNull();
    }

    [Theory, ControlPlanes]
    public async Task TheRightUidIsAcceptedAndAWrongOneIsInvalid(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var pod = await cluster.AddPodAsync("orders-1");
        (await cluster.Api.PatchAsync(cluster.Pod("orders-1"), Annotate(Key, "1", uid: pod.Uid()))).Expect(200);

        var wrong = await cluster.Api.PatchAsync(cluster.Pod("orders-1"), Annotate(Key, "2", uid: Guid.NewGuid().ToString()));

        wrong.ExpectRefusal(422, "Invalid").Text("details", "name").ShouldBe("orders-1");
        wrong.Causes.Distinct().ShouldBe(["FieldValueInvalid metadata.uid"]);
        (await cluster.Api.GetAsync(cluster.Pod("orders-1"))).Body.Annotation(Key).ShouldBe("1");
    }

    [Theory, ControlPlanes]
    public async Task AWrongUidIsInvalidEvenWhereNothingElseWouldChange(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        await cluster.AnnotateAsync("orders-1", Key, "1");
        var wrong = await cluster.Api.PatchAsync(cluster.Pod("orders-1"), Annotate(Key, "1", uid: Guid.NewGuid().ToString()));
        wrong.ExpectRefusal(422, "Invalid");
        wrong.Causes.ShouldContain("FieldValueInvalid metadata.uid");
    }

    [Theory, ControlPlanes]
    public async Task TheCurrentVersionIsAcceptedAndAnOlderOneConflicts(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var old = await cluster.AddPodAsync("orders-1");
        var next = (await cluster.Api.PatchAsync(cluster.Pod("orders-1"), Annotate(Key, "1", version: old.VersionText()))).Expect(200);

        var stale = await cluster.Api.PatchAsync(cluster.Pod("orders-1"), Annotate(Key, "2", version: old.VersionText()));

        stale.ExpectRefusal(409, "Conflict").Text("details", "kind").ShouldBe("pods");
        var read = (await cluster.Api.GetAsync(cluster.Pod("orders-1"))).Body;
        (read.Annotation(Key), read.VersionText()).ShouldBe(("1", next.VersionText()));
    }

    [Theory, ControlPlanes]
    public async Task AStaleVersionIsFoundBeforeAWrongUid(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var old = await cluster.AddPodAsync("orders-1");
        await cluster.AnnotateAsync("orders-1", Key, "1");
        var wrong = await cluster.Api.PatchAsync(
            cluster.Pod("orders-1"), Annotate(Key, "2", uid: Guid.NewGuid().ToString(), version: old.VersionText()));
        wrong.ExpectRefusal(409, "Conflict");
    }

    [Theory, ControlPlanes]
    public async Task AStaleVersionConflictsEvenWhereNothingWouldChange(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var old = await cluster.AddPodAsync("orders-1");
        await cluster.AnnotateAsync("orders-1", Key, "1");
        (await cluster.Api.PatchAsync(cluster.Pod("orders-1"), Annotate(Key, "1", version: old.VersionText()))).ExpectRefusal(409, "Conflict");
    }

    [Theory, ControlPlanes]
    public async Task PatchesOfDifferentKeysAtOnceAllSurvive(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var pod = await cluster.AddPodAsync("orders-1");
        string[] keys = [.. Enumerable.Range(0, 16).Select(static number => $"registry-gateway.io/{number:x32}")];

        var answers = await Task.WhenAll(keys.Select(key => cluster.Api.PatchAsync(cluster.Pod("orders-1"), Annotate(key, key[^4..], uid: pod.Uid()))));

        answers.ShouldAllBe(static answer => answer.Status == 200);
        answers.Select(static answer => answer.Body.Version()).Distinct().Count().ShouldBe(keys.Length);
        var read = (await cluster.Api.GetAsync(cluster.Pod("orders-1"))).Body;
        keys.Where(key => read.Annotation(key) != key[^4..]).ShouldBeEmpty();
    }

    [Theory, ControlPlanes]
    public async Task OfPatchesWithOneVersionExactlyOneWins(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var pod = await cluster.AddPodAsync("orders-1");
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(
            number => cluster.Api.PatchAsync(cluster.Pod("orders-1"), Annotate(Key, $"{number}", version: pod.VersionText()))));
        answers.Count(static answer => answer.Status == 200).ShouldBe(1);
        answers.Count(static answer => answer.Status == 409).ShouldBe(7);
    }

    [Theory, ControlPlanes]
    public async Task APatchOfAMissingPodIsNotFound(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var missing = (await cluster.Api.PatchAsync(cluster.Pod("nobody"), Annotate(Key, "1"))).ExpectRefusal(404, "NotFound");
        missing.Text("details", "name").ShouldBe("nobody");
        missing.Text("details", "kind").ShouldBe("pods");
    }

    [Theory, ControlPlanes]
    public async Task ATerminatingPodTakesAPatch(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var pod = await cluster.AddPodAsync("orders-1");
        await cluster.TerminateAsync("orders-1");
        var answer = (await cluster.Api.PatchAsync(cluster.Pod("orders-1"), Annotate(Key, "1", uid: pod.Uid()))).Expect(200);
        answer.At("metadata", "deletionTimestamp").ShouldNotBeNull();
        answer.Annotation(Key).ShouldBe("1");
    }

    [Theory, ControlPlanes]
    public async Task ALabelIsSetInTheSamePatch(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        var patch = """{"metadata":{"annotations":{"a":"1"},"labels":{"registry-gateway.io/registered":"true"}}}""";
        var answer = (await cluster.Api.PatchAsync(cluster.Pod("orders-1"), patch)).Expect(200);
        answer.Text("metadata", "labels", "registry-gateway.io/registered").ShouldBe("true");
        answer.Text("metadata", "labels", "app").ShouldBe("orders");
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.ApiServer, "naïve – 名前 🚀", "line\nbreak\ttab \"quoted\" \\ slash", "<script>&amp;</script>\u2028\u2029", "", "\u0001\u007f")]
    public async Task AnyTextOfAnAnnotationComesBackAsItWasWritten(ControlPlaneCase on, string value)
    {
        await using var cluster = await planes.OpenAsync(on);
        var pod = await cluster.AddPodAsync("orders-1");
        await using var watch = await cluster.Api.WatchAsync($"{cluster.Pods}?resourceVersion={pod.VersionText()}");
        (await cluster.AnnotateAsync("orders-1", Key, value)).Annotation(Key).ShouldBe(value);
        (await cluster.Api.GetAsync(cluster.Pod("orders-1"))).Body.Annotation(Key).ShouldBe(value);
        (await watch.NextChangeAsync(TestContext.Current.CancellationToken)).Object.Annotation(Key).ShouldBe(value);
    }

    internal static string Annotate(string key, string? value, string? uid = null, string? version = null)
    {
        var metadata = new JsonObject { ["annotations"] = new JsonObject { [key] = value } };
        if (uid is not null)
        {
            metadata["uid"] = uid;
        }

        if (version is not null)
        {
            metadata["resourceVersion"] = version;
        }

        return new JsonObject { ["metadata"] = metadata }.ToJsonString();
    }
}
