using System.Net;
using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;
using Gateway.Tests.Api;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Callers;

/// <summary>What all pods of a namespace have registered is listed for those who may list its pods.</summary>
public sealed class NamespaceListTests
{
    private const string List = "/v1/registrations?namespace=shop";

    [Fact]
    public async Task WhoMayListThePodsSeesTheRegistrationsOfAllWithTheirPods()
    {
        await using var registry = await StartAsync();
        registry.Grant("shop", "readers", "billing/app", "", "pods", "list");
        var items = await ItemsAsync(registry, registry.As("billing", null));

        items.Select(static item => (string?)item!["pod"]!["name"]).ShouldBe(["broken-1", "greeter-1", "greeter-2"]);
        items.Select(static item => (string?)item!["status"]).ShouldBe(["UNREADABLE", "UP", "UP"]);
        items[0]!["annotation"]!.ToString().ShouldBe("registry-gateway.io/declare");
        items.Select(static item => (string?)item!["service"]).ShouldBe([null, "greeting", "other"]);
    }

    [Fact]
    public async Task APodWhoseAccountMayListThePodsSeesThemToo()
    {
        await using var registry = await StartAsync();
        registry.Grant("shop", "readers", "shop/app", "", "pods", "list");
        (await ItemsAsync(registry, registry.As("shop", "greeter-1"))).Count.ShouldBe(3);
    }

    [Fact]
    public async Task OthersAreRefused()
    {
        await using var registry = await StartAsync();
        registry.Grant("billing", "readers", "billing/app", "", "pods", "list");
        foreach (var (caller, words) in new[] { (registry.As("billing", null), "may not list the pods of shop"), (registry.As("shop", "greeter-1"), "may not list the pods of shop") })
        {
            using var refused = await registry.Http.CallAsync("GET", List, headers: caller);
            refused.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
            (await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain(words);
        }

        using var anonymous = await registry.Http.CallAsync("GET", List);
        ((int)anonymous.StatusCode).ShouldBeInRange(401, 403);
    }

    [Fact]
    public async Task InDevelopmentEveryoneOfTheDemoClusterSeesThem()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        registry.Pod("greeter-2", "10.0.0.2");
        foreach (var pod in new[] { "greeter-1", "greeter-2" })
            await registry.RegisterAsync(pod, "greeting");
        (await registry.Http.GetJsonAsync(List))["items"]!.AsArray().Count.ShouldBe(2);
        (await registry.Http.GetJsonAsync("/v1/registrations?namespace=billing"))["items"]!.AsArray().ShouldBeEmpty();
    }

    private static async Task<FencedRegistry> StartAsync()
    {
        var registry = await FencedRegistry.StartAsync(null, static world =>
        {
            world.Pod("shop", "greeter-1", "10.0.0.1");
            world.Pod("shop", "greeter-2", "10.0.0.2");
            world.Pod("shop", "silent-1", "10.0.0.3");
            world.Create(ResourceKinds.Pods, """
                {"metadata":{"name":"broken-1","namespace":"shop","annotations":{"registry-gateway.io/declare":"no list"}},
                 "spec":{"serviceAccountName":"app","containers":[{"name":"app","image":"example/app:1"}]} }
                """);
            world.Cluster.Player.Run("shop", "broken-1", "node-1", IPAddress.Parse("10.0.0.4"));
            world.Pod("billing", "greeter-1", "10.0.1.1");
        });
        await registry.SeenAsync("shop", "greeter-1", "greeter-2", "broken-1");
        await registry.SeenAsync("billing", "greeter-1");
        await registry.RegisteredAsync("shop", "greeter-2", "other");
        await registry.RegisteredAsync("shop", "greeter-1");
        await registry.RegisteredAsync("billing", "greeter-1");
        return registry;
    }

    private static async Task<JsonArray> ItemsAsync(FencedRegistry registry, (string Name, string Value) caller)
    {
        using var answer = await registry.Http.CallAsync("GET", List, headers: caller);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, text);
        return JsonNode.Parse(text)!["items"]!.AsArray();
    }
}
