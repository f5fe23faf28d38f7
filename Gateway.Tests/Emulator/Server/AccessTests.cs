using System.Text.Json.Nodes;
using Gateway.Emulator;
using Gateway.Emulator.Storage;
using Gateway.Tests.Callers;
using Gateway.Tests.Emulator.Playing;

namespace Gateway.Tests.Emulator.Server;

public sealed class AccessTests
{
    private const string Own = EmulatedApi.Pods + "/a?fieldManager=registry-gateway";
    private const string Reviews = "/apis/authentication.k8s.io/v1/tokenreviews";

    [Theory]
    [InlineData("GET", "/api/v1/pods", 200)]
    [InlineData("GET", "/apis/discovery.k8s.io/v1/endpointslices", 200)]
    [InlineData("GET", "/api/v1/endpoints", 403)]
    [InlineData("GET", "/api/v1/namespaces/shop/services/greeting", 403)]
    [InlineData("GET", "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices/greeting-1", 403)]
    [InlineData("GET", "/api/v1/namespaces/shop", 403)]
    [InlineData("GET", "/api/v1/nodes/node-1", 403)]
    [InlineData("GET", "/api/v1/nodes", 200)]
    [InlineData("PATCH", "/api/v1/namespaces/shop/pods/a?fieldManager=registry-gateway", 200)]
    [InlineData("PATCH", "/api/v1/namespaces/shop/pods/a/status", 403)]
    [InlineData("DELETE", "/api/v1/namespaces/shop/pods/a", 403)]
    [InlineData("GET", "/apis/coordination.k8s.io/v1/namespaces/registry/leases/registry-gateway", 404)]
    [InlineData("GET", "/apis/coordination.k8s.io/v1/namespaces/registry/leases/other", 403)]
    [InlineData("GET", "/apis/coordination.k8s.io/v1/namespaces/shop/leases/registry-gateway", 403)]
    [InlineData("GET", "/version", 200)]
    [InlineData("GET", "/metrics", 403)]
    public async Task TheLeastPrivilegesAllowWhatTheyNameAndNothingElse(string method, string target, int status)
    {
        await using var api = await StartWithRolesAsync();
        api.Pod("a");
        var token = api.Cluster.IssueToken("registry", "registry-gateway");
        var body = method == "PATCH" ? """{"metadata":{"annotations":{"registry-gateway.io/a":"1"}}}""" : null;
        (await api.SendAsync(method, target, body, EmulatedApi.Merge, token)).Status.ShouldBe(status);
    }

    [Theory]
    [InlineData("""{"metadata":{"annotations":{"registry-gateway.io/a":"1","dubbo.io/annotation":"x"},"labels":{"registry-gateway.io/registered":"true"}}}""", 200)]
    [InlineData("""{"metadata":{"annotations":{"sidecar.istio.io/inject":"false"}}}""", 403)]
    [InlineData("""{"metadata":{"labels":{"app":"carts"}}}""", 403)]
    [InlineData("""{"metadata":{"labels":{"registry-gateway.io/registered":"no"}}}""", 403)]
    [InlineData("""{"metadata":{"finalizers":["x.io/a"]}}""", 403)]
    [InlineData("""{"metadata":{"generateName":"orders-"}}""", 403)]
    [InlineData("""{"metadata":{"managedFields":[{}]}}""", 403)]
    [InlineData("""{"metadata":{"managedFields":[{"manager":"argocd","operation":"Apply","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"f:metadata":{"f:labels":{"f:app":{}}}}}]}}""", 403)]
    [InlineData("""{"spec":{"containers":[{"name":"app","image":"evil:1","ports":[{"containerPort":8080,"protocol":"TCP"}],"terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File","imagePullPolicy":"IfNotPresent","resources":{}}]}}""", 403)]
    public async Task PodPolicyFencesTheGatewaysAccount(string patch, int status)
    {
        await using var api = await StartWithRolesAsync();
        api.Pod("a");
        var token = api.Cluster.IssueToken("registry", "registry-gateway");
        var answer = await api.PatchAsync(Own, patch, token: token);
        answer.Status.ShouldBe(status, answer.Message);
        if (status == 403)
            answer.Message!.ShouldContain("ValidatingAdmissionPolicy 'registry-gateway-pods'");
        (await api.PatchAsync(EmulatedApi.Pods + "/a", patch, token: "the-admin")).Status.ShouldBe(200);
    }

    [Theory]
    [InlineData("kubectl-edit")]
    [InlineData("kubelet")]
    public async Task TheGatewaysAccountWritesOnlyAsItsOwnFieldManager(string manager)
    {
        await using var api = await StartWithRolesAsync();
        api.Pod("a");
        (await api.PatchAsync(EmulatedApi.Pods + "/a/status?fieldManager=kubelet", """{"status":{"message":"x"}}""", token: "the-admin")).Status.ShouldBe(200);

        var answer = await api.PatchAsync($"{EmulatedApi.Pods}/a?fieldManager={manager}", """{"metadata":{"annotations":{"registry-gateway.io/a":"1"}}}""",
            token: api.Cluster.IssueToken("registry", "registry-gateway"));

        answer.Status.ShouldBe(403);
        answer.Message!.ShouldContain("field manager");
    }

    /// <summary>Equality of managers would refuse each of these: an entry vanishes because of what the gateway may do.</summary>
    [Theory]
    [InlineData("sdk", """{"metadata":{"annotations":{"dubbo.io/annotation":"theirs"}}}""", """{"metadata":{"annotations":{"dubbo.io/annotation":"ours"}}}""")]
    [InlineData("kubectl-annotate", """{"metadata":{"annotations":{"registry-gateway.io/0123456789abcdef0123456789abcdef":"{}"}}}""", """{"metadata":{"annotations":{"registry-gateway.io/0123456789abcdef0123456789abcdef":null}}}""")]
    [InlineData("first-of-ten", """{"metadata":{"annotations":{"example.com/0":"1"}}}""", """{"metadata":{"annotations":{"registry-gateway.io/a":"1"}}}""", 9)]
    public async Task AManagerMayVanishByWhatTheGatewayWrites(string manager, string theirs, string ours, int more = 0)
    {
        await using var api = await StartWithRolesAsync();
        api.Cluster.Objects.Create(ResourceKinds.Pods, JsonNode.Parse("""
            {"metadata":{"name":"a","namespace":"shop"},"spec":{"containers":[{"name":"app","image":"example/orders:1"}]}}
            """)!.AsObject(), "creator");
        (await api.PatchAsync($"{EmulatedApi.Pods}/a?fieldManager={manager}", theirs, token: "the-admin")).Status.ShouldBe(200);
        for (var number = 1; number < more; number++)
        {
            (await api.PatchAsync($"{EmulatedApi.Pods}/a?fieldManager=more-{number}", $$$"""{"metadata":{"annotations":{"example.com/{{{number}}}":"1"}} }""",
                token: "the-admin")).Status.ShouldBe(200);
        }

        var before = await api.GetAsync(EmulatedApi.Pods + "/a", "the-admin");
        Managers(before).ShouldContain(manager);

        var answer = await api.PatchAsync(Own, ours, token: api.Cluster.IssueToken("registry", "registry-gateway"));

        answer.Status.ShouldBe(200, answer.Message);
        if (more > 0)
            Managers(answer).ShouldContain("ancient-changes");
        else
            Managers(answer).ShouldNotContain(manager);
    }

    [Theory]
    [InlineData("dubbo.io/label", "somebody", "\"dubbo.io.provider\"", 403)]
    [InlineData("dubbo.io/label", "somebody", "null", 403)]
    [InlineData("app.io/label", "somebody", "\"app.io-value\"", 403)]
    [InlineData("dubbo.io/label", "dubbo.io-value", "\"dubbo.io.provider\"", 200)]
    [InlineData("dubbo.io/label", "dubbo.io.provider", "null", 200)]
    [InlineData("registry-gateway.io/registered", "yes", "\"true\"", 200)]
    public async Task ForeignValuesOfTheMirrorsLabelsStay(string label, string theirs, string ours, int status)
    {
        await using var api = await StartWithRolesAsync();
        api.Pod("a");
        (await api.PatchAsync(EmulatedApi.Pods + "/a", $$$"""{"metadata":{"labels":{"{{{label}}}":"{{{theirs}}}"}} }""", token: "the-admin")).Status.ShouldBe(200);

        var answer = await api.PatchAsync(Own, $$$"""{"metadata":{"labels":{"{{{label}}}":{{{ours}}}}} }""", token: api.Cluster.IssueToken("registry", "registry-gateway"));

        answer.Status.ShouldBe(status, answer.Message);
    }

    private static IEnumerable<string?> Managers(ApiAnswer answer) =>
        answer.Body["metadata"]!["managedFields"]!.AsArray().Select(static entry => (string?)entry!["manager"]);

    [Fact]
    public async Task SubjectAccessIsReviewedByTheSameRules()
    {
        await using var api = await StartWithRolesAsync();
        async Task<bool> MayAsync(string verb) => (bool)(await api.SendAsync("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", $$$"""
            {"spec":{"user":"system:serviceaccount:registry:registry-gateway","resourceAttributes":{"namespace":"shop","verb":"{{{verb}}}","resource":"pods","name":"a"}} }
            """, token: "the-admin")).Body["status"]!["allowed"]!;
        (await MayAsync("patch")).ShouldBeTrue();
        (await MayAsync("delete")).ShouldBeFalse();
    }

    [Fact]
    public async Task IssuedTokenIsReviewedAndDiesWithItsPod()
    {
        await using var api = await EmulatedApi.StartAsync();
        api.Create(ResourceKinds.Nodes, """{"metadata":{"name":"node-1"}}""");
        api.Create(ResourceKinds.ServiceAccounts, """{"metadata":{"name":"default","namespace":"shop"}}""");
        var pod = api.Pod("a");
        var issued = await api.SendAsync("POST", "/api/v1/namespaces/shop/serviceaccounts/default/token", $$$"""
            {"spec":{"audiences":["registry-gateway"],"expirationSeconds":600,"boundObjectRef":{"kind":"Pod","apiVersion":"v1","name":"a","uid":"{{{pod.Uid}}}"}} }
            """);
        issued.Status.ShouldBe(201);
        var token = (string)issued.Body["status"]!["token"]!;
        var review = $$$"""{"spec":{"token":"{{{token}}}","audiences":["registry-gateway"]}}""";
        var status = (await api.SendAsync("POST", Reviews, review)).Body["status"]!;
        ((bool?)status["authenticated"]).ShouldBe(true);
        ((string?)status["user"]!["extra"]!["authentication.kubernetes.io/pod-uid"]![0]).ShouldBe(pod.Uid);
        ((string?)status["user"]!["extra"]!["authentication.kubernetes.io/node-name"]![0]).ShouldBe("node-1");
        status["user"]!["extra"]!["authentication.kubernetes.io/node-uid"].ShouldNotBeNull();

        api.Cluster.Objects.Remove(ResourceKinds.Pods, "shop", "a");
        api.Pod("a");
        (await api.SendAsync("POST", Reviews, review)).Body["status"]!["authenticated"].ShouldBeNull();
    }

    [Theory]
    [InlineData("""{"spec":{"expirationSeconds":5}}""", 422)]
    [InlineData("""{"spec":{"boundObjectRef":{"kind":"Pod","name":"nope"}}}""", 404)]
    [InlineData("""{"spec":{"boundObjectRef":{"kind":"Pod","name":"a","uid":"other"}}}""", 409)]
    public async Task TokenRequestThatMakesNoSenseIsRefused(string body, int status)
    {
        await using var api = await EmulatedApi.StartAsync();
        api.Create(ResourceKinds.ServiceAccounts, """{"metadata":{"name":"default","namespace":"shop"}}""");
        api.Pod("a");
        (await api.SendAsync("POST", "/api/v1/namespaces/shop/serviceaccounts/default/token", body)).Status.ShouldBe(status);
    }

    [Fact]
    public async Task ExpiredTokenIsNoLongerAuthenticated()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UnixEpoch);
        await using var api = await EmulatedApi.StartAsync(time: time);
        api.Create(ResourceKinds.ServiceAccounts, """{"metadata":{"name":"default","namespace":"shop"}}""");
        var token = api.Cluster.IssueToken("shop", "default", audiences: ["a"], lifetime: TimeSpan.FromMinutes(10));
        time.Advance(TimeSpan.FromMinutes(11));
        var review = await api.SendAsync("POST", Reviews, $$$"""{"spec":{"token":"{{{token}}}","audiences":["a"]}}""");
        ((string?)review.Body["status"]!["error"]).ShouldBe("[invalid bearer token, service account token has expired]");
    }

    private static async Task<EmulatedApi> StartWithRolesAsync()
    {
        var api = await EmulatedApi.StartAsync(static options => options with
        {
            Authorization = AuthorizationMode.Rbac,
            AdminToken = "the-admin",
            PodPolicy = true,
        });
        api.Create(ResourceKinds.Namespaces, """{"metadata":{"name":"registry"}}""");
        foreach (var manifest in Manifests.Read("least-privilege.yaml"))
            api.Cluster.Apply(manifest);
        return api;
    }
}
