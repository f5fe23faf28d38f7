using System.Net;
using Gateway.Emulator.Storage;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Api;

/// <summary><c>GET /v1/history</c> and a lookup's <c>at=</c> over HTTP.</summary>
public sealed class HistoryTests
{
    private const string Greeting = "/v1/namespaces/shop/services/greeting/instances";

    [Fact]
    public async Task ChangesAndFormerStatesAreAnswered()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        var id = (await registry.RegisterAsync("greeter-1", "greeting"))["id"]!.ToString();
        await registry.Http.LookUpUntilAsync("shop", "greeting", static all => all is [var one] && one.Status() == "UP");
        using var answer = await registry.Http.CallAsync("DELETE", $"/v1/registrations/{id}?namespace=shop&pod=greeter-1");
        await registry.Http.LookUpUntilAsync("shop", "greeting", static all => all.Count == 0);

        var history = (await registry.Http.GetJsonAsync("/v1/history?namespace=shop&service=greeting")).AsObject();
        history.Select(static member => member.Key).ShouldBe(["items", "truncated"]);
        var items = history["items"]!.AsArray();
        items.ShouldAllBe(static item => item!.AsObject().Select(static member => member.Key).SequenceEqual(new[] { "at", "revision", "type", "instance", "from", "to", "cause" }));
        var (first, last) = (items[0]!, items[^1]!);
        (first["type"]!.ToString(), first["from"], first["cause"]!.ToString()).ShouldBe(("added", null, "registered"));
        (last["type"]!.ToString(), last["to"], last["cause"]!.ToString()).ShouldBe(("removed", null, "deregistered"));

        var then = await registry.Http.GetJsonAsync($"{Greeting}?status=any&at={first["at"]}");
        then["instances"]!.AsArray().ShouldHaveSingleItem()!["id"]!.ToString().ShouldBe(id);
        then["revision"]!.ToString().ShouldBe(first["revision"]!.ToString());
        (await registry.Http.GetJsonAsync($"{Greeting}?status=any&at={last["at"]}"))["instances"]!.AsArray().ShouldBeEmpty();
        (await registry.Http.GetJsonAsync($"/v1/history?namespace=shop&since={last["at"]}"))["items"]!.AsArray().ShouldHaveSingleItem();
        (await registry.Http.GetJsonAsync($"{Greeting}?at=2001-01-01T00:00:00%2B01:00", HttpStatusCode.NotFound))["code"]!.ToString().ShouldBe("no-history");
    }

    [Theory]
    [InlineData("/v1/history", "namespace")]
    [InlineData("/v1/history?namespace=Shop&service=..&since=yesterday&limit=0&colour=red", "since limit colour namespace service")]
    [InlineData("/v1/history?namespace=shop&since=2026-11-20T12:00:00", "since")]
    [InlineData(Greeting + "?at=now", "at")]
    [InlineData(Greeting + "?at=2026-11-20T12:00:00Z&index=AQ", "index at")]
    public async Task ParametersAreChecked(string path, string parameters)
    {
        await using var registry = await TestRegistry.StartAsync();
        var problem = await registry.Http.GetJsonAsync(path, HttpStatusCode.BadRequest);
        problem["errors"]!.AsArray().Select(static fault => fault!["parameter"]!.ToString()).ShouldBe(parameters.Split(' '));
    }

    [Fact]
    public async Task TheRightToReadTheNamespaceIsAskedAgain()
    {
        await using var registry = await TestRegistry.StartAsync(settings: [("Access:Lookup", "Rbac"), ("Access:AllowedFor", "00:00:00"), ("Access:DeniedFor", "00:05:00")]);
        registry.Small.Create(ResourceKinds.ServiceAccounts, """{"metadata":{"name":"reader","namespace":"shop"}}""");
        var reader = ("Authorization", $"Bearer {registry.Cluster.IssueToken("shop", "reader", audiences: ["registry-gateway"])}");
        foreach (var path in new[] { "/v1/history?namespace=shop", $"{Greeting}?at={DateTime.UtcNow.AddHours(1):yyyy-MM-ddTHH:mm:ssZ}" })
        {
            (await StatusAsync(path)).ShouldBe(401);
            (await StatusAsync(path, reader)).ShouldBe(200);
        }

        registry.Cluster.Faults.AnswerNext(
            1, 201, body: """{"kind":"SubjectAccessReview","apiVersion":"authorization.k8s.io/v1","status":{"allowed":false}}""",
            filter: static request => request.Path.Contains("subjectaccessreviews", StringComparison.Ordinal));
        (await StatusAsync("/v1/history?namespace=shop", reader)).ShouldBe(403);
        (await StatusAsync($"{Greeting}?at=2001-01-01T00:00:00Z", reader)).ShouldBe(403);

        async Task<int> StatusAsync(string path, params (string, string)[] headers)
        {
            using var answer = await registry.Http.CallAsync("GET", path, headers: headers);
            return (int)answer.StatusCode;
        }
    }
}
