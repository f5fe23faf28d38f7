using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Api;

/// <summary><c>GET /v1/explain</c> over HTTP: its form, its parameters, and what it shows to whom.</summary>
public sealed class ExplainTests
{
    private const string Broken = "/v1/explain?namespace=shop&service=orders";

    [Fact]
    public async Task AnAnswerHasEveryMemberInOrder()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        await registry.RegisterAsync("greeter-1", "greeting");
        await registry.Http.LookUpUntilAsync("shop", "greeting", static all => all.Count == 1);

        var answer = (await registry.Http.GetJsonAsync("/v1/explain?namespace=shop&service=greeting&pod=greeter-1&version=2")).AsObject();
        answer.Select(static member => member.Key).ShouldBe(["verdict", "checks", "instances"]);
        answer["verdict"]!.ToString().ShouldBe("not-listed");
        answer["checks"]!.AsArray().ShouldAllBe(static check => check!.AsObject().Select(static member => member.Key).SequenceEqual(new[] { "check", "passed", "found", "help" }));
        CheckOf(answer, "filter")["found"]!.ToString().ShouldContain("version=2");
        answer["instances"]!.AsArray().Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("", "namespace service")]
    [InlineData("?namespace=shop", "service")]
    [InlineData("?namespace=Shop&service=..", "namespace service")]
    [InlineData("?namespace=shop&service=a&pod=A_b&status=LOST&colour=red", "status colour pod")]
    public async Task ParametersAreChecked(string query, string parameters)
    {
        await using var registry = await TestRegistry.StartAsync();
        var problem = await registry.Http.GetJsonAsync("/v1/explain" + query, System.Net.HttpStatusCode.BadRequest);
        problem["errors"]!.AsArray().Select(static fault => fault!["parameter"]!.ToString()).ShouldBe(parameters.Split(' '));
    }

    [Fact]
    public async Task ANamespaceThatIsNotWatchedIsAFailedCheck()
    {
        await using var registry = await TestRegistry.StartAsync(settings: [("Kubernetes:Namespaces:0", "shop")]);
        var answer = await registry.Http.GetJsonAsync("/v1/explain?namespace=billing&service=orders");
        ((bool?)CheckOf(answer, "namespace")["passed"]).ShouldBe(false);
        CheckOf(answer, "service")["passed"].ShouldBeNull();
    }

    [Fact]
    public async Task UnderOpenLookupsOnlyATokenThatMayReadTheNamespaceSeesKeysAndPositions()
    {
        await using var registry = await TestRegistry.StartAsync(settings: [("Access:DeniedFor", "00:05:00")]);
        registry.Small.Create(ResourceKinds.ServiceAccounts, """{"metadata":{"name":"reader","namespace":"shop"}}""");
        var token = ("Authorization", $"Bearer {registry.Cluster.IssueToken("shop", "reader", audiences: ["registry-gateway"])}");
        registry.Small.Create(ResourceKinds.Pods, """
            {"metadata":{"name":"orders-1","namespace":"shop","annotations":{"registry-gateway.io/0123456789abcdef0123456789abcdef":"{secret"}},"spec":{"containers":[{"name":"app","image":"a"}]}}
            """);
        await registry.Gateway.State.WaitAsync(static snapshot => snapshot.RegistrationsOf("shop", "orders-1")?.Records.Unreadable.IsEmpty == false, Patience.Limit);

        (await RecordOfAsync(registry, token)).ShouldContain("0123456789abcdef");
        var forbidden = ("Authorization", $"Bearer {registry.Cluster.IssueToken("shop", "default", audiences: ["registry-gateway"])}");
        registry.Cluster.Faults.AnswerNext(
            1, 201, body: """{"kind":"SubjectAccessReview","apiVersion":"authorization.k8s.io/v1","status":{"allowed":false}}""",
            filter: static request => request.Path.Contains("subjectaccessreviews", StringComparison.Ordinal));
        (await RecordOfAsync(registry, forbidden)).ShouldNotContain("0123456789abcdef");
        using var refused = await registry.Http.CallAsync("GET", Broken, headers: ("Authorization", "Bearer no-token-at-all"));
        ((int)refused.StatusCode).ShouldBe(401);
    }

    [Fact]
    public async Task LookupRightsHold()
    {
        await using var registry = await TestRegistry.StartAsync(settings: [("Access:Lookup", "Rbac"), ("Access:DeniedFor", "00:05:00"), ("Kubernetes:Namespaces:0", "shop")]);
        registry.Small.Create(ResourceKinds.Namespaces, """{"metadata":{"name":"billing"}}""");
        registry.Small.Create(ResourceKinds.ServiceAccounts, """{"metadata":{"name":"reader","namespace":"shop"}}""");
        var reader = ("Authorization", $"Bearer {registry.Cluster.IssueToken("shop", "reader", audiences: ["registry-gateway"])}");
        var other = ("Authorization", $"Bearer {registry.Cluster.IssueToken("shop", "default", audiences: ["registry-gateway"])}");
        registry.Cluster.Faults.AnswerNext(
            1, 201, body: """{"kind":"SubjectAccessReview","apiVersion":"authorization.k8s.io/v1","status":{"allowed":false}}""",
            filter: static request => request.Path.Contains("subjectaccessreviews", StringComparison.Ordinal));
        foreach (var (expected, headers) in new[] { (401, Array.Empty<(string, string)>()), (403, [reader]), (200, [other]) })
        {
            using var answer = await registry.Http.CallAsync("GET", "/v1/explain?namespace=billing&service=orders", headers: headers);
            ((int)answer.StatusCode).ShouldBe(expected);
        }
    }

    private static async Task<string> RecordOfAsync(TestRegistry registry, (string, string) token)
    {
        using var answer = await registry.Http.CallAsync("GET", Broken, headers: token);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        ((int)answer.StatusCode).ShouldBe(200, text);
        return CheckOf(JsonNode.Parse(text)!, "record")["found"]!.ToString();
    }

    private static JsonNode CheckOf(JsonNode answer, string name) => answer["checks"]!.AsArray().Single(check => check!["check"]!.ToString() == name)!;
}
