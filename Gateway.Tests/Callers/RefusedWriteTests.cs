using System.Net;
using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Callers;

/// <summary>Who said no to a write: a webhook or policy is quoted with 502, a right that the gateway itself lacks is 503 and the operator's.</summary>
public sealed class RefusedWriteTests
{
    private const string Causes = """, "details":{"name":"greeter-1","kind":"pods","causes":[{"message":"not on Fridays"}]}""";
    private const string Policy = "pods 'greeter-1' is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: not on Fridays";

    /// <summary>As real servers word it: a webhook has no reason, a policy has one of several, a plugin is Forbidden too.</summary>
    public static TheoryData<int, string> Refusals => new()
    {
        { 403, Status(403, "admission webhook 'w.example.com' denied the request: not on Fridays") },
        { 400, Status(400, "admission webhook 'w.example.com' denied the request: not on Fridays") },
        { 403, Status(403, Policy, """, "reason":"Forbidden" """ + Causes) },
        { 422, Status(422, Policy, """, "reason":"Invalid" """ + Causes) },
        { 403, Status(403, "pods 'greeter-1' is forbidden: not on Fridays", """, "reason":"Forbidden","details":{"name":"greeter-1","kind":"pods"}""") },
        { 500, Status(500, "Internal error occurred: failed calling webhook 'w.example.com': context deadline exceeded (not on Fridays)", """, "reason":"InternalError" """ + Causes) },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task AWebhookOrPolicyThatSaysNoIs502WithItsWordsAndNotAskedAgain(int status, string body)
    {
        await using var registry = await StartAsync();
        registry.Cluster.Faults.AnswerNext(int.MaxValue, status, body: body, filter: static request => request.Method == "PATCH");
        var problem = await ShouldBeAsync(registry, 502, "cluster-refused");
        ((string?)problem["detail"]).ShouldNotBeNull().ShouldContain("not on Fridays");
        registry.Cluster.Requests.Count(static request => request.Method == "PATCH").ShouldBe(1);
        registry.Own("shop", "greeter-1").ShouldBeEmpty();
    }

    [Fact]
    public async Task TheEmulatedWebhooksAndTheFenceAreSuchRefusals()
    {
        await using var registry = await StartAsync();
        registry.Cluster.Faults.DenyByWebhook("not on Fridays");
        ((string?)(await ShouldBeAsync(registry, 502, "cluster-refused"))["detail"]).ShouldNotBeNull().ShouldContain("not on Fridays");
        registry.Cluster.Faults.RemoveWebhooks();
        registry.Cluster.Faults.WebhookTimeout();
        ((string?)(await ShouldBeAsync(registry, 502, "cluster-refused"))["detail"]).ShouldNotBeNull().ShouldContain("failed calling webhook");
        registry.Cluster.Faults.RemoveWebhooks();
        (await registry.RegisterAsync("shop", "greeter-1")).StatusCode.ShouldBe(HttpStatusCode.Created);

        await using var other = await StartAsync(("Registry:AnnotationPrefix", "registry.example.com"));
        ((string?)(await ShouldBeAsync(other, 502, "cluster-refused"))["detail"]).ShouldNotBeNull().ShouldContain("the gateway may change only annotations");
    }

    [Theory]
    [InlineData("patch")]
    [InlineData("get")]
    public async Task ARightThatTheGatewayLacksIsNotTheCallersFault(string verb)
    {
        await using var registry = await StartAsync();
        (await registry.RegisterAsync("shop", "greeter-1", "before")).StatusCode.ShouldBe(HttpStatusCode.Created);
        registry.Cluster.Objects.Change(ResourceKinds.ClusterRoles, "", "registry-gateway", content =>
        {
            var verbs = content["rules"]![0]!["verbs"]!.AsArray();
            verbs.Remove(verbs.First(one => (string?)one == verb));
        });

        // What would change nothing is decided by a read.
        using var answer = verb == "get" ? await registry.RegisterAsync("shop", "greeter-1", "before") : await registry.RegisterAsync("shop", "greeter-1");
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable, text);
        answer.Headers.RetryAfter.ShouldNotBeNull();
        text.ShouldContain("\"code\":\"api-server-unavailable\"");
        text.ShouldContain($"may not {verb} pods in namespace shop");
        var line = await registry.Logs.WaitForAsync(1604);
        line.Level.ShouldBe(LogLevel.Error);
        line.Members["Verb"].ShouldBe(verb);
        registry.Own("shop", "greeter-1").Count.ShouldBe(1);
    }

    private static string Status(int code, string message, string more = "") =>
        $$"""{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"{{message}}","code":{{code}} {{more}} }""";

    private static async Task<JsonNode> ShouldBeAsync(FencedRegistry registry, int status, string code)
    {
        using var answer = await registry.RegisterAsync("shop", "greeter-1");
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        ((int)answer.StatusCode).ShouldBe(status, text);
        var problem = JsonNode.Parse(text)!;
        ((string?)problem["code"]).ShouldBe(code);
        return problem;
    }

    private static async Task<FencedRegistry> StartAsync(params (string Key, string Value)[] settings)
    {
        var registry = await FencedRegistry.StartAsync(null, static world => world.Pod("shop", "greeter-1", "10.0.0.1"), settings);
        await registry.SeenAsync("shop", "greeter-1");
        return registry;
    }
}
