using System.Text.Json.Nodes;
using Gateway.Tests.Conformance.Planes;

namespace Gateway.Tests.Conformance.Api;

/// <summary>What the API server does not take, and how it says so.</summary>
public sealed class RefusedPatchTests(ControlPlanes planes)
{
    private const int Limit = 262_144;
    private const string Key = "registry-gateway.io/a";

    [Theory, ControlPlanes]
    public async Task AnnotationsMayFillTheLimitToTheByteButNotPassIt(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        // The limit counts keys and values of all annotations together.
        await cluster.AnnotateAsync("orders-1", Key, new string('x', Limit - Key.Length));

        var over = await cluster.Api.PatchAsync(cluster.Pod("orders-1"), PatchTests.Annotate(Key, new string('x', Limit - Key.Length + 1)));

        over.ExpectRefusal(422, "Invalid");
        over.Causes.Distinct().ShouldBe(["FieldValueTooLong metadata.annotations"]);
        (await cluster.Api.GetAsync(cluster.Pod("orders-1"))).Body.Annotation(Key)!.Length.ShouldBe(Limit - Key.Length);
    }

    [Theory, ControlPlanes]
    public async Task TheLimitCountsBytesAndNotCharacters(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        var over = await cluster.Api.PatchAsync(cluster.Pod("orders-1"), PatchTests.Annotate(Key, new string('ä', (Limit / 2) + 1)));
        over.ExpectRefusal(422, "Invalid");
        over.Causes.ShouldContain("FieldValueTooLong metadata.annotations");
    }

    [Theory, ControlPlanes]
    public async Task TheLimitCountsWhatOthersWroteAsWell(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync(new PodShape("orders-1") { Annotations = new Dictionary<string, string> { ["team"] = new('x', 200_000) } });
        (await cluster.Api.PatchAsync(cluster.Pod("orders-1"), PatchTests.Annotate(Key, new string('x', 100_000)))).ExpectRefusal(422, "Invalid");
        (await cluster.Api.PatchAsync(cluster.Pod("orders-1"), PatchTests.Annotate(Key, new string('x', 50_000)))).Expect(200);
    }

    [Theory, ControlPlanes]
    public async Task ABodyPastThreeMebibytesIsTooLarge(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        var answer = await cluster.Api.PatchAsync(cluster.Pod("orders-1"), PatchTests.Annotate(Key, new string('x', 3 * 1024 * 1024)));
        answer.ExpectRefusal(413, "RequestEntityTooLarge");
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.ApiServer, "not a key/x", "a/b/c", "/x", "x/", "", "-x", "x-", "Upper.Example.com/x", "space in name",
        "0123456789012345678901234567890123456789012345678901234567890123")]
    public async Task AKeyThatIsNoQualifiedNameIsInvalid(ControlPlaneCase on, string key)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        var answer = await cluster.Api.PatchAsync(cluster.Pod("orders-1"), PatchTests.Annotate(key, "1"));
        if (key == "Upper.Example.com/x")
        {
            // Annotation keys are compared without regard to case.
            answer.Expect(200);
            return;
        }

        answer.ExpectRefusal(422, "Invalid");
        answer.Causes.Distinct().ShouldBe(["FieldValueInvalid metadata.annotations"]);
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.ApiServer, "{\"metadata\":", "", "[1]", "\"text\"", "null")]
    public async Task AMalformedPatchIsABadRequest(ControlPlaneCase on, string body)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        (await cluster.Api.PatchAsync(cluster.Pod("orders-1"), body)).ExpectRefusal(400, "BadRequest");
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.ApiServer, "1", "true", "{\"a\":\"b\"}", "[\"a\"]")]
    public async Task AnAnnotationThatIsNoTextIsInvalid(ControlPlaneCase on, string value)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        var answer = await cluster.Api.PatchAsync(cluster.Pod("orders-1"), $$"""{"metadata":{"annotations":{"a":{{value}}} } }""");
        answer.ExpectRefusal(422, "Invalid");
        answer.Causes.ShouldBe(["FieldValueInvalid patch"]);
    }

    [Theory, ControlPlanes]
    public async Task AnUnknownPatchTypeIsUnsupported(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        (await cluster.Api.PatchAsync(cluster.Pod("orders-1"), "{}", "application/json")).ExpectRefusal(415, "UnsupportedMediaType");
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.ApiServer, """{"spec":{"nodeName":"elsewhere"}}""", """{"spec":{"restartPolicy":"Never"}}""", """{"spec":{"hostNetwork":true}}""")]
    public async Task TheSpecOfAPodStays(ControlPlaneCase on, string patch)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        var answer = await cluster.Api.PatchAsync(cluster.Pod("orders-1"), patch);
        answer.ExpectRefusal(422, "Invalid");
        answer.Causes.ShouldContain("FieldValueForbidden spec");
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.ApiServer, """{"name":"orders-2"} -> 400""", """{"name":null} -> 400""", """{"namespace":"other"} -> 400""",
        """{"deletionTimestamp":"2030-01-01T00:00:00Z"} -> 422""", """{"labels":{"a b":"c"}} -> 422""",
        """{"labels":{"a":"c d"}} -> 422""", """{"annotations":"text"} -> 422""", """{"resourceVersion":""} -> 200""",
        """{"creationTimestamp":"2020-01-01T00:00:00Z"} -> 200""", """{"generation":7} -> 200""", """{"selfLink":"x"} -> 200""", """{"uid":""} -> 200""")]
    public async Task MetadataThatIsTheServersOwnIsRefusedOrKept(ControlPlaneCase on, string row)
    {
        await using var cluster = await planes.OpenAsync(on);
        var pod = await cluster.AddPodAsync("orders-1");
        var (patch, status) = (row[..^7], int.Parse(row[^3..]));
        var answer = await cluster.Api.PatchAsync(cluster.Pod("orders-1"), $$"""{"metadata":{{patch}} }""");
        answer.Expect(status);
        (await cluster.Api.GetAsync(cluster.Pod("orders-1"))).Expect(200).ToJsonString().ShouldBe(pod.ToJsonString());
    }

    /// <summary>Servers differ: 1.34 answers 400 (BadRequest), older ones 500 without a reason.</summary>
    [Theory, ControlPlanes]
    public async Task AResourceVersionThatIsNoNumberIsRefused(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var pod = await cluster.AddPodAsync("orders-1");
        var minor = int.Parse((await cluster.Api.GetAsync("/version")).Expect(200).Text("minor")!.TrimEnd('+'));
        var answer = await cluster.Api.PatchAsync(cluster.Pod("orders-1"), """{"metadata":{"resourceVersion":"abc"}}""");
        if (minor >= 34)
            answer.ExpectRefusal(400, "BadRequest");
        else
            answer.Expect(500);
        (await cluster.Api.GetAsync(cluster.Pod("orders-1"))).Expect(200).ToJsonString().ShouldBe(pod.ToJsonString());
    }

    [Theory, ControlPlanes(ControlPlaneNeeds.ApiServer, """{"kind":"Node"}""", """{"apiVersion":"v2"}""")]
    public async Task AnotherKindIsInvalid(ControlPlaneCase on, string patch)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        (await cluster.Api.PatchAsync(cluster.Pod("orders-1"), patch)).ExpectRefusal(422, "Invalid");
    }

    [Theory, ControlPlanes]
    public async Task StatusInAPatchOfThePodItselfIsIgnored(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var pod = await cluster.AddPodAsync("orders-1");
        var answer = (await cluster.Api.PatchAsync(cluster.Pod("orders-1"), """{"status":{"phase":"Failed"}}""")).Expect(200);
        answer.Text("status", "phase").ShouldBe("Running");
        answer.VersionText().ShouldBe(pod.VersionText());
    }

    [Theory, ControlPlanes]
    public async Task AFailedTestOfAJsonPatchIsInvalidAndAMissingPathToo(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        (await PatchAsync("""[{"op":"test","path":"/metadata/uid","value":"x"}]""")).ExpectRefusal(422, "Invalid");
        (await PatchAsync("""[{"op":"remove","path":"/metadata/annotations/none"}]""")).ExpectRefusal(422, "Invalid");
        (await PatchAsync("""[{"op":"add","path":"/metadata/annotations","value":{"a":"1"}}]""")).Expect(200).Annotation("a").ShouldBe("1");
        (await PatchAsync("""[{"op":"add","path":"/metadata/annotations/example.com~1b","value":"2"}]""")).Expect(200)
            .Annotation("example.com/b").ShouldBe("2");
        (await PatchAsync("""[{"op":"test","path":"/metadata/annotations/a","value":"1"},{"op":"remove","path":"/metadata/annotations/a"}]"""))
            .Expect(200).Annotation("a").ShouldBeNull();

        Task<ApiAnswer> PatchAsync(string patch) => cluster.Api.PatchAsync(cluster.Pod("orders-1"), patch, ApiCalls.JsonPatch);
    }

    [Theory, ControlPlanes]
    public async Task AnUnknownFieldIsDroppedUnlessStrictnessIsAskedFor(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        const string Patch = """{"metadata":{"annotations":{"a":"1"}},"spec":{"colour":"red"}}""";

        var strict = await cluster.Api.PatchAsync($"{cluster.Pod("orders-1")}?fieldValidation=Strict", Patch);
        strict.Status.ShouldBe(422);
        strict.Message.ShouldContain("unknown field \"spec.colour\"");
        var lax = (await cluster.Api.PatchAsync($"{cluster.Pod("orders-1")}?fieldValidation=Ignore", Patch)).Expect(200);
        lax.At("spec", "colour").ShouldBeNull();
        lax.Annotation("a").ShouldBe("1");
    }

    [Theory, ControlPlanes]
    public async Task ACreationWithAnUnknownOrADoubledFieldIsRefusedWhenStrict(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var unknown = new PodShape("orders-1") { Spec = """{"colour":"red"}""" }.Manifest("");
        var refused = await cluster.Api.PostAsync($"{cluster.Pods}?fieldValidation=Strict", unknown);
        refused.ExpectRefusal(400, "BadRequest");
        refused.Message.ShouldContain("strict decoding error: unknown field \"spec.colour\"");

        var doubled = new PodShape("orders-1").Manifest("").ToJsonString().Replace("\"schedulerName\":", "\"schedulerName\":\"other\",\"schedulerName\":");
        var again = await cluster.Api.PostAsync($"{cluster.Pods}?fieldValidation=Strict", doubled);
        again.ExpectRefusal(400, "BadRequest");
        again.Message.ShouldContain("duplicate field \"spec.schedulerName\"");
        (await cluster.Api.PostAsync($"{cluster.Pods}?fieldValidation=Ignore", unknown)).Expect(201).At("spec", "colour").ShouldBeNull();
    }

    [Theory, ControlPlanes]
    public async Task ADryRunAnswersAsTheWriteWouldAndWritesNothing(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var pod = await cluster.AddPodAsync("orders-1");
        await using var watch = await cluster.Api.WatchAsync($"{cluster.Pods}?resourceVersion={pod.VersionText()}");

        var tried = (await cluster.Api.PatchAsync($"{cluster.Pod("orders-1")}?dryRun=All", PatchTests.Annotate(Key, "1"))).Expect(200);
        tried.Annotation(Key).ShouldBe("1");
        tried.VersionText().ShouldBe(pod.VersionText());
        (await cluster.Api.PatchAsync($"{cluster.Pod("orders-1")}?dryRun=All", PatchTests.Annotate(Key, new string('x', Limit)))).Expect(422);
        (await cluster.Api.PatchAsync($"{cluster.Pod("orders-1")}?dryRun=All", PatchTests.Annotate(Key, "1", uid: "other"))).Expect(422);
        (await cluster.Api.DeleteAsync($"{cluster.Pod("orders-1")}?dryRun=All")).Expect(200);

        var read = (await cluster.Api.GetAsync(cluster.Pod("orders-1"))).Body;
        JsonNode.DeepEquals(read, pod).ShouldBeTrue();
        var changed = await cluster.AnnotateAsync("orders-1", Key, "2");
        (await watch.NextChangeAsync(TestContext.Current.CancellationToken)).Object.VersionText().ShouldBe(changed.VersionText());
    }
}
