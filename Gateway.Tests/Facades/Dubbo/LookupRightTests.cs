using System.Net;
using Gateway.Emulator.Storage;
using Gateway.Tests.Api;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Facades.Dubbo;

/// <summary>Under <c>Access:Lookup=Rbac</c> whoever reads needs a token and the right, in every view.</summary>
public sealed class LookupRightTests
{
    public static TheoryData<string> Views =>
    [
        "dubbo/interfaces", "dubbo/interfaces/com.example.A/providers", "dubbo/interfaces/com.example.A/providers/watch?timeout=10ms", "dubbo/interfaces/com.example.A/consumers",
        "dubbo/applications/orders/instances", "dubbo/applications/orders/instances/watch?timeout=10ms", "dubbo/metadata/orders/r1", "dubbo/mapping/com.example.A", "services/orders/dns",
    ];

    [Theory]
    [MemberData(nameof(Views))]
    public async Task AViewIsReadByWhoMayReadEndpointSlices(string view)
    {
        await using var registry = await TestRegistry.StartAsync(settings: [
            ("Access:Lookup", "Rbac"), ("Access:AllowedFor", "00:00:01"), ("Access:RefusedFor", "00:00:00"),
        ]);
        registry.Small.Service();
        registry.Pod("orders-1", "10.0.0.1", labels: """{"app":"orders"}""");
        await registry.Http.RegisterAsync(new { @namespace = "shop", pod = "orders-1", service = "orders", port = 8080, container = "app" });
        (await registry.Http.PutAsync("orders-1", "metadata/orders/r1", "{}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        registry.Small.Create(ResourceKinds.ServiceAccounts, """{"metadata":{"name":"reader","namespace":"shop"}}""");
        var token = registry.Cluster.IssueToken("shop", "reader", audiences: ["registry-gateway"]);
        var path = "/v1/namespaces/shop/" + view;

        using var bare = await registry.Http.CallAsync("GET", path);
        bare.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        registry.Cluster.Faults.AnswerNext(
            1, 201, body: """{"kind":"SubjectAccessReview","apiVersion":"authorization.k8s.io/v1","status":{"allowed":false}}""",
            filter: static request => request.Path.Contains("subjectaccessreviews", StringComparison.Ordinal));
        using var refused = await registry.Http.CallAsync("GET", path, headers: ("Authorization", $"Bearer {token}"));
        refused.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        var other = registry.Cluster.IssueToken("shop", "default", audiences: ["registry-gateway"]);
        using var allowed = await registry.Http.CallAsync("GET", path, headers: ("Authorization", $"Bearer {other}"));
        allowed.StatusCode.ShouldBe(HttpStatusCode.OK, await allowed.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task AMappingTellsItsCallerNoMoreThanItMayRead()
    {
        const string Mapping = "mapping/com.example.A";
        await using var registry = await TestRegistry.StartAsync(settings: [("Access:Lookup", "Rbac")]);
        foreach (var (name, address) in new[] { ("secret", "10.0.0.1"), ("other", "10.0.0.2") })
        {
            registry.Pod(name + "-1", address);
            await registry.Http.RegisterAsync(new { @namespace = "shop", pod = name + "-1", service = name, port = 8080 });
        }

        (await registry.Http.PutAsync("secret-1", Mapping, """["secret"]""")).StatusCode.ShouldBe(HttpStatusCode.OK);
        using var own = await registry.Http.PutAsync("other-1", Mapping, """["other"]""");
        (await own.Content.ReadAsStringAsync()).ShouldNotContain("secret");
        (await registry.Http.PutAsync("other-1", Mapping, """["secret","other"]""")).StatusCode.ShouldBe(HttpStatusCode.Forbidden, "as for one that is not mapped");

        var reader = registry.Cluster.IssueToken("shop", "default", audiences: ["registry-gateway"]);
        using var read = await registry.Http.CallAsync("GET", $"/v1/namespaces/shop/dubbo/{Mapping}", headers: ("Authorization", $"Bearer {reader}"));
        (await read.Content.ReadAsStringAsync()).ShouldContain("""["other","secret"]""");
    }
}
