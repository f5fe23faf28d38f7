using System.Text.Json.Nodes;
using Gateway.Tests.Conformance.Planes;

namespace Gateway.Tests.Conformance.Api;

/// <summary>Rights: what a review says before and after a role is bound, and what a call is then answered.</summary>
public sealed class AccessReviewTests(ControlPlanes planes)
{
    private static readonly string[] Groups = ["system:serviceaccounts", "system:authenticated"];

    [Theory, ControlPlanes]
    public async Task NobodyMayWhatNobodyAllowed(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var status = await ReviewAsync(cluster, User(cluster), "patch", "pods", "orders-1");
        status.Flag("allowed").ShouldBe(false);
    }

    [Theory, ControlPlanes]
    public async Task AMasterMayEverything(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        (await ReviewAsync(cluster, "anyone", "patch", "pods", "orders-1", groups: ["system:masters"])).Flag("allowed").ShouldBe(true);
        (await ReviewAsync(cluster, "anyone", "create", "registrations", "orders", "registry-gateway.io", ["system:masters"])).Flag("allowed").ShouldBe(true);
    }

    [Theory, ControlPlanes]
    public async Task ARoleGivesItsVerbsInItsNamespace(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await using var other = await planes.OpenAsync(on);
        await BindAsync(cluster, """[{"apiGroups":[""],"resources":["pods"],"verbs":["get","patch"]}]""", User(cluster));

        await AllowedSoonAsync(cluster, User(cluster), "patch", "pods", "orders-1");

        await ShouldBeAsync(true, cluster, "get", "pods", "any");
        await ShouldBeAsync(false, cluster, "delete", "pods", "orders-1");
        await ShouldBeAsync(false, cluster, "patch", "services", "orders");
        (await ReviewAsync(other, User(cluster), "patch", "pods", "orders-1")).Flag("allowed").ShouldBe(false);
        (await ReviewAsync(cluster, User(other), "patch", "pods", "orders-1")).Flag("allowed").ShouldBe(false);
    }

    [Theory, ControlPlanes]
    public async Task ARoleMayNameTheObjects(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await BindAsync(
            cluster, """[{"apiGroups":["registry-gateway.io"],"resources":["registrations"],"verbs":["create"],"resourceNames":["orders"]}]""", User(cluster));
        await AllowedSoonAsync(cluster, User(cluster), "create", "registrations", "orders", "registry-gateway.io");
        await ShouldBeAsync(false, cluster, "create", "registrations", "carts", "registry-gateway.io");
        await ShouldBeAsync(false, cluster, "create", "registrations", "orders");
    }

    [Theory, ControlPlanes]
    public async Task AStarStandsForAll(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await BindAsync(cluster, """[{"apiGroups":["*"],"resources":["*"],"verbs":["*"]}]""", User(cluster));
        await AllowedSoonAsync(cluster, User(cluster), "patch", "pods", "orders-1");
        await ShouldBeAsync(true, cluster, "create", "registrations", "orders", "registry-gateway.io");
    }

    [Theory, ControlPlanes]
    public async Task ARightMayComeThroughAGroup(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var group = $"system:serviceaccounts:{cluster.Namespace}";
        await BindAsync(cluster, """[{"apiGroups":["discovery.k8s.io"],"resources":["endpointslices"],"verbs":["get"]}]""", group, "Group");
        await UntilAsync(async () =>
            (await ReviewAsync(cluster, User(cluster), "get", "endpointslices", "", "discovery.k8s.io", [group])).Flag("allowed") == true);
        (await ReviewAsync(cluster, User(cluster), "get", "endpointslices", "", "discovery.k8s.io", ["someone"])).Flag("allowed").ShouldBe(false);
    }

    [Theory, ControlPlanes]
    public async Task WithARightTheCallItselfSucceeds(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        await cluster.AddPodAsync("orders-1");
        await cluster.AddPodAsync("orders-2");
        await BindAsync(cluster, """[{"apiGroups":[""],"resources":["pods"],"verbs":["patch"],"resourceNames":["orders-1"]}]""", User(cluster));
        await AllowedSoonAsync(cluster, User(cluster), "patch", "pods", "orders-1");
        var calls = new ApiCalls(cluster.Plane.Admin, await cluster.TokenAsync(audience: "https://kubernetes.default.svc.cluster.local"));
        Assert.SkipWhen((await calls.GetAsync("/version")).Status == 401, "the API server's own audience is another");

        (await calls.PatchAsync(cluster.Pod("orders-1"), PatchTests.Annotate("a", "1"))).Expect(200).Annotation("a").ShouldBe("1");
        var refused = await calls.PatchAsync(cluster.Pod("orders-2"), PatchTests.Annotate("a", "1"));
        refused.ExpectRefusal(403, "Forbidden").Text("details", "name").ShouldBe("orders-2");
        (await calls.PatchAsync($"{cluster.Pod("orders-1")}/status", """{"status":{"phase":"Failed"}}""")).ExpectRefusal(403, "Forbidden");
    }

    [Theory, ControlPlanes]
    public async Task AReviewOfNothingIsInvalid(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var empty = """{"apiVersion":"authorization.k8s.io/v1","kind":"SubjectAccessReview","spec":{"user":"a"}}""";
        (await cluster.Api.PostAsync("/apis/authorization.k8s.io/v1/subjectaccessreviews", empty)).ExpectRefusal(422, "Invalid");
        var nobody = """{"apiVersion":"authorization.k8s.io/v1","kind":"SubjectAccessReview","spec":{"resourceAttributes":{"verb":"get","resource":"pods"}}}""";
        (await cluster.Api.PostAsync("/apis/authorization.k8s.io/v1/subjectaccessreviews", nobody)).ExpectRefusal(422, "Invalid");
    }

    [Theory, ControlPlanes]
    public async Task WhoeverAsksMayReviewHimself(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        var review = $$"""
            {"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview",
             "spec":{"resourceAttributes":{"namespace":"{{cluster.Namespace}}","verb":"patch","resource":"pods"} } }
            """;
        (await cluster.Api.PostAsync("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review)).Expect(201).Flag("status", "allowed").ShouldBe(true);
        var calls = new ApiCalls(cluster.Plane.Admin, await cluster.TokenAsync(audience: "https://kubernetes.default.svc.cluster.local"));
        var own = await calls.PostAsync("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review);
        Assert.SkipWhen(own.Status == 401, "the API server's own audience is another");
        own.Expect(201).Flag("status", "allowed").ShouldBe(false);
    }

    [Theory, ControlPlanes]
    public async Task WithoutAGoodTokenACallIsUnauthorized(ControlPlaneCase on)
    {
        await using var cluster = await planes.OpenAsync(on);
        (await new ApiCalls(cluster.Plane.Admin, "garbage").GetAsync(cluster.Pods)).ExpectRefusal(401, "Unauthorized");
    }

    private static string User(TestCluster cluster) => $"system:serviceaccount:{cluster.Namespace}:app";

    private static async Task<JsonObject> ReviewAsync(
        TestCluster cluster, string user, string verb, string resource, string name, string group = "", string[]? groups = null)
    {
        var attributes = new JsonObject
        {
            ["namespace"] = cluster.Namespace,
            ["verb"] = verb,
            ["group"] = group,
            ["resource"] = resource,
            ["name"] = name,
        };
        var spec = new JsonObject
        {
            ["user"] = user,
            ["uid"] = "1",
            ["groups"] = new JsonArray([.. (groups ?? Groups).Select(static item => (JsonNode)item)]),
            ["extra"] = new JsonObject { ["authentication.kubernetes.io/pod-name"] = new JsonArray("orders-1") },
            ["resourceAttributes"] = attributes,
        };
        var review = new JsonObject { ["apiVersion"] = "authorization.k8s.io/v1", ["kind"] = "SubjectAccessReview", ["spec"] = spec };
        var answer = (await cluster.Api.PostAsync("/apis/authorization.k8s.io/v1/subjectaccessreviews", review)).Expect(201);
        return answer["status"]!.AsObject();
    }

    private static async Task ShouldBeAsync(bool allowed, TestCluster cluster, string verb, string resource, string name, string group = "") =>
        (await ReviewAsync(cluster, User(cluster), verb, resource, name, group)).Flag("allowed").ShouldBe(allowed, $"{verb} {resource} {name}");

    private static async Task BindAsync(TestCluster cluster, string rules, string subject, string kind = "User")
    {
        var path = $"/apis/rbac.authorization.k8s.io/v1/namespaces/{cluster.Namespace}";
        (await cluster.Api.PostAsync($"{path}/roles", $$"""{"metadata":{"name":"conformance"},"rules":{{rules}} }""")).Expect(201);
        (await cluster.Api.PostAsync($"{path}/rolebindings", $$"""
            {"metadata":{"name":"conformance"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"conformance"},
             "subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"{{kind}}","name":"{{subject}}"}] }
            """)).Expect(201);
    }

    private static Task AllowedSoonAsync(TestCluster cluster, string user, string verb, string resource, string name, string group = "") =>
        UntilAsync(async () => (await ReviewAsync(cluster, user, verb, resource, name, group)).Flag("allowed") == true);

    /// <summary>The authorizer follows roles by watches of its own and tells nobody when it has seen them: it has to be asked again.</summary>
    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience.Limit);
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!await holds())
        {
            await again.WaitForNextTickAsync(patience.Token);
        }
    }
}
