using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;
using Gateway.Tests.Api;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Callers;

/// <summary>A namespace that the gateway does not watch is refused in every read: an empty list would say that there is nothing.</summary>
public sealed class UnwatchedNamespaceTests
{
    private static readonly string[] Reads =
    [
        "/v1/services?namespace={0}", "/v1/history?namespace={0}", "/v1/consumers?namespace={0}&service=orders", "/v1/consumers?namespace={0}&pod=orders-1",
        "/v1/namespaces/{0}/services/orders/instances?at=2026-11-20T12:00:00Z",
        "/v1/watch?namespace={0}&timeout=10ms", "/v1/watch?service=shop/orders&service={0}/orders&timeout=10ms",
        .. new[]
        {
            "services/orders/instances", "services/orders/instances?status=any", "services/orders/pick", "services/orders/watch?timeout=10ms",
            "services/orders/instances/0123456789abcdef0123456789abcdef", "services/orders/dns",
            "dubbo/interfaces", "dubbo/interfaces/com.example.A/providers", "dubbo/interfaces/com.example.A/providers/watch?timeout=10ms",
            "dubbo/interfaces/com.example.A/consumers", "dubbo/applications/orders/instances", "dubbo/applications/orders/instances/watch?timeout=10ms",
            "dubbo/metadata/orders/r1", "dubbo/mapping/com.example.A",
        }.Select(static view => "/v1/namespaces/{0}/" + view),
    ];

    [Fact]
    public async Task ItIsRefusedInEveryRead()
    {
        await using var registry = await TestRegistry.StartAsync(settings: [("Kubernetes:Namespaces:0", "shop")]);
        foreach (var path in Reads)
        {
            (await ReadAsync(registry, path, "billing")).ShouldBe((422, "not-watched"), path);
            (await ReadAsync(registry, path, "shop")).Status.ShouldBeOneOf(200, 404, 503);
        }

        var index = (await registry.Http.GetJsonAsync("/v1/namespaces/shop/services/orders/instances"))["revision"]!.ToString();
        (await ReadAsync(registry, $"/v1/namespaces/{{0}}/services/orders/instances?index={Uri.EscapeDataString(index)}&wait=10s", "billing")).ShouldBe((422, "not-watched"));
    }

    [Fact]
    public async Task TheRightToReadComesFirst()
    {
        await using var registry = await TestRegistry.StartAsync(settings: [
            ("Kubernetes:Namespaces:0", "shop"), ("Access:Lookup", "Rbac"), ("Access:RefusedFor", "00:05:00"),
        ]);
        registry.Small.Create(ResourceKinds.Namespaces, """{"metadata":{"name":"billing"}}""");
        registry.Small.Create(ResourceKinds.ServiceAccounts, """{"metadata":{"name":"reader","namespace":"shop"}}""");
        var reader = ("Authorization", $"Bearer {registry.Cluster.IssueToken("shop", "reader", audiences: ["registry-gateway"])}");
        var other = ("Authorization", $"Bearer {registry.Cluster.IssueToken("shop", "default", audiences: ["registry-gateway"])}");

        // One refusal, which is cached for all that follow.
        registry.Cluster.Faults.AnswerNext(
            1, 201, body: """{"kind":"SubjectAccessReview","apiVersion":"authorization.k8s.io/v1","status":{"allowed":false}}""",
            filter: static request => request.Path.Contains("subjectaccessreviews", StringComparison.Ordinal));
        foreach (var path in Reads)
        {
            (await ReadAsync(registry, path, "billing")).ShouldBe((401, "unauthenticated"), path);
            (await ReadAsync(registry, path, "billing", reader)).ShouldBe((403, "forbidden"), path);
            (await ReadAsync(registry, path, "billing", other)).ShouldBe((422, "not-watched"), path);
        }
    }

    private static async Task<(int Status, string? Code)> ReadAsync(TestRegistry registry, string path, string ns, params (string, string)[] headers)
    {
        using var answer = await registry.Http.CallAsync("GET", string.Format(System.Globalization.CultureInfo.InvariantCulture, path, ns), headers: headers);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return ((int)answer.StatusCode, (int)answer.StatusCode < 400 ? null : JsonNode.Parse(text)!["code"]!.ToString());
    }
}
