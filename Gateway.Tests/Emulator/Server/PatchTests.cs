using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;

namespace Gateway.Tests.Emulator.Server;

public sealed class PatchTests
{
    private const string Pod = EmulatedApi.Pods + "/a";

    [Fact]
    public async Task StrategicPatchMergesListsByTheirKeys()
    {
        await using var api = await EmulatedApi.StartAsync();
        api.Pod("a");
        var answer = await api.PatchAsync(Pod, """{"spec":{"containers":[{"name":"app","image":"example/orders:2"}]}}""", EmulatedApi.Strategic);
        answer.Status.ShouldBe(200);
        var container = answer.Body["spec"]!["containers"]!.AsArray().ShouldHaveSingleItem()!;
        ((string?)container["image"]).ShouldBe("example/orders:2");
        ((int?)container["ports"]![0]!["containerPort"]).ShouldBe(8080);
        ((int?)answer.Body["metadata"]!["generation"]).ShouldBe(2);
    }

    [Fact]
    public async Task StrategicStatusPatchKeepsOtherConditionsAndObeysDirectives()
    {
        await using var api = await EmulatedApi.StartAsync();
        api.Pod("a");
        const string Status = Pod + "/status";
        await api.PatchAsync(Status, """{"status":{"conditions":[{"type":"Ready","status":"True"},{"type":"Initialized","status":"True"}]}}""", EmulatedApi.Strategic);
        var changed = await api.PatchAsync(Status, """{"status":{"conditions":[{"type":"Ready","status":"False"}]}}""", EmulatedApi.Strategic);
        Conditions(changed.Body).ShouldBe(["Ready=False", "Initialized=True"]);
        const string Directives = """{"status":{"$setElementOrder/conditions":[{"type":"Initialized"}],"conditions":[{"$patch":"delete","type":"Ready"}]}}""";
        Conditions((await api.PatchAsync(Status, Directives, EmulatedApi.Strategic)).Body).ShouldBe(["Initialized=True"]);
        var replaced = await api.PatchAsync(Status, """{"status":{"conditions":[{"type":"Ready","status":"True"},{"$patch":"replace"}]}}""", EmulatedApi.Strategic);
        Conditions(replaced.Body).ShouldBe(["Ready=True"]);
    }

    [Fact]
    public async Task StrategicPatchRetainsNamedKeysOnlyAndDeletesFromPrimitiveLists()
    {
        await using var api = await EmulatedApi.StartAsync();
        api.Create(ResourceKinds.Leases, """{"metadata":{"name":"l","namespace":"shop","finalizers":["x.io/a","x.io/b"]},"spec":{"holderIdentity":"a","leaseDurationSeconds":5}}""");
        const string Lease = "/apis/coordination.k8s.io/v1/namespaces/shop/leases/l";
        const string Patch = """{"metadata":{"$deleteFromPrimitiveList/finalizers":["x.io/a"]},"spec":{"$retainKeys":["holderIdentity"],"holderIdentity":"b"}}""";
        var answer = await api.PatchAsync(Lease, Patch, EmulatedApi.Strategic);
        answer.Body["metadata"]!["finalizers"]!.ToJsonString().ShouldBe("""["x.io/b"]""");
        answer.Body["spec"]!.ToJsonString().ShouldBe("""{"holderIdentity":"b"}""");
    }

    [Fact]
    public async Task JsonPatchAppliesAllOperationsOrNone()
    {
        await using var api = await EmulatedApi.StartAsync();
        api.Pod("a");
        const string Good = """
            [{"op":"test","path":"/metadata/labels/app","value":"orders"},{"op":"add","path":"/metadata/annotations","value":{"x.io~1y":"0"}},
             {"op":"add","path":"/metadata/annotations/x.io~1z","value":"1"},{"op":"move","from":"/metadata/labels/app","path":"/metadata/labels/was"},
             {"op":"copy","from":"/metadata/labels/was","path":"/metadata/labels/is"},{"op":"remove","path":"/metadata/labels/was"}]
            """;
        var bad = await api.PatchAsync(Pod, """[{"op":"add","path":"/metadata/labels/x","value":"1"},{"op":"remove","path":"/metadata/labels/nope"}]""", EmulatedApi.Json);
        bad.Status.ShouldBe(422);
        var good = await api.PatchAsync(Pod, Good.Replace("x.io~1y", "x.io/y"), EmulatedApi.Json);
        good.Body["metadata"]!["labels"]!.ToJsonString().ShouldBe("""{"is":"orders"}""");
        ((string?)good.Body["metadata"]!["annotations"]!["x.io/z"]).ShouldBe("1");
    }

    [Fact]
    public async Task PatchOfNothingIsNoEventAndNoVersion()
    {
        await using var api = await EmulatedApi.StartAsync();
        var version = api.Pod("a").Version;
        var answer = await api.PatchAsync(Pod, """{"metadata":{"labels":{"app":"orders"},"annotations":{}}}""");
        answer.Status.ShouldBe(200);
        api.Cluster.Storage.Version.ShouldBe(version);
    }

    [Fact]
    public async Task StatusAndSpecAreWrittenThroughTheirOwnPathsOnly()
    {
        await using var api = await EmulatedApi.StartAsync();
        api.Pod("a");
        const string Both = """{"spec":{"activeDeadlineSeconds":5},"status":{"phase":"Failed"}}""";
        var main = await api.PatchAsync(Pod, Both);
        ((string?)main.Body["status"]!["phase"]).ShouldBe("Running");
        ((int?)main.Body["spec"]!["activeDeadlineSeconds"]).ShouldBe(5);
        var status = await api.PatchAsync(Pod + "/status", """{"spec":{"activeDeadlineSeconds":6},"status":{"phase":"Failed"}}""");
        ((string?)status.Body["status"]!["phase"]).ShouldBe("Failed");
        ((int?)status.Body["spec"]!["activeDeadlineSeconds"]).ShouldBe(5);
    }

    [Fact]
    public async Task DryRunShowsTheResultAndWritesNothing()
    {
        await using var api = await EmulatedApi.StartAsync();
        var version = api.Pod("a").Version;
        var answer = await api.PatchAsync(Pod + "?dryRun=All", """{"metadata":{"labels":{"app":"carts"}}}""");
        ((string?)answer.Body["metadata"]!["labels"]!["app"]).ShouldBe("carts");
        api.Cluster.Storage.Version.ShouldBe(version);
    }

    [Fact]
    public async Task ManyWritersOfOnePodLoseNothing()
    {
        await using var api = await EmulatedApi.StartAsync();
        api.Pod("a");
        await Task.WhenAll(Enumerable.Range(0, 64).Select(async number =>
            (await api.PatchAsync(Pod, $$$"""{"metadata":{"annotations":{"x.io/n{{{number}}}":"1"}} }""")).Status.ShouldBe(200)));
        api.Cluster.Storage.Get(ResourceKinds.Pods, "shop", "a")!.Content["metadata"]!["annotations"]!.AsObject().Count.ShouldBe(64);
    }

    [Fact]
    public async Task WritersThatNameTheVersionGetAConflict()
    {
        await using var api = await EmulatedApi.StartAsync();
        var version = api.Pod("a").Version;
        var statuses = await Task.WhenAll(Enumerable.Range(0, 16).Select(async number => (await api.PatchAsync(
            Pod, $$$"""{"metadata":{"resourceVersion":"{{{version}}}","annotations":{"x.io/n{{{number}}}":"1"}} }""")).Status));
        statuses.Count(static status => status == 200).ShouldBe(1);
        statuses.Count(static status => status == 409).ShouldBe(15);
    }

    [Fact]
    public async Task FieldsRememberWhoWroteThem()
    {
        await using var api = await EmulatedApi.StartAsync();
        api.Pod("a");
        var answer = await api.PatchAsync(Pod + "?fieldManager=gateway", """{"metadata":{"annotations":{"x.io/a":"1"}}}""");
        var entry = answer.Body["metadata"]!["managedFields"]!.AsArray().Single(static one => (string?)one!["manager"] == "gateway")!;
        entry["fieldsV1"]!.ToJsonString().ShouldBe("""{"f:metadata":{"f:annotations":{"f:x.io/a":{}}}}""");
        var gone = await api.PatchAsync(Pod + "?fieldManager=other", """{"metadata":{"annotations":{"x.io/a":null}}}""");
        gone.Body["metadata"]!["managedFields"]!.AsArray().ShouldNotContain(static one => (string?)one!["manager"] == "gateway");
    }

    private static IEnumerable<string> Conditions(JsonNode pod) =>
        pod["status"]!["conditions"]!.AsArray().Select(static one => $"{(string?)one!["type"]}={(string?)one["status"]}");
}
