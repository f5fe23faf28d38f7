using System.Net;
using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;
using Gateway.Tests.Api;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Facades.Spring;

/// <summary>The gateway as the Spring Cloud Kubernetes discovery server that a client's <c>discovery-server-url</c> names.</summary>
public sealed class SpringServerTests
{
    private const string Labels = """{"app":"orders"}""";

    [Fact]
    public async Task ItListsEveryServiceWithTheInstancesThatMayBeCalled()
    {
        await using var registry = await StartAsync();
        registry.Small.Service();
        registry.Pod("orders-1", "10.0.0.1", labels: Labels);
        registry.Pod("users-1", "10.0.0.2");
        await registry.RegisterAsync("users-1", "users", 9000);

        var apps = await registry.Http.JsonUntilAsync("/apps", static apps => apps.AsArray().Count == 2 && InstancesOf(apps, "orders").Count == 1);
        apps.AsArray().Select(static app => (string?)app!["name"]).ShouldBe(["orders", "users"]);
        InstancesOf(apps, "users").ShouldHaveSingleItem()!["uri"]!.ToString().ShouldBe("http://10.0.0.2:9000");

        var orders = await registry.Http.GetJsonAsync("/apps/orders");
        JsonNode.DeepEquals(orders, InstancesOf(apps, "orders")).ShouldBeTrue();
        var id = registry.UidOf("orders-1");
        foreach (var path in (string[])[$"/apps/orders/{id}", $"/app/orders/{id}", $"/ns/shop/apps/orders/{id}", $"/apps/orders/{id}/", $"/app/%6Frders/{id}"])
            JsonNode.DeepEquals(await registry.Http.GetJsonAsync(path), orders[0]).ShouldBeTrue(path);
        foreach (var path in (string[])["/apps/", "/ns/shop/apps", "/ns/shop/apps/"])
            JsonNode.DeepEquals(await registry.Http.GetJsonAsync(path), apps).ShouldBeTrue(path);
        SmallState(await registry.Http.GetJsonAsync("/state")).ShouldBe(["orders-1 shop", "users-1 shop"]);
    }

    [Fact]
    public async Task WhatIsUnknownIsAnEmptyListOrAnEmptyBody()
    {
        await using var registry = await StartAsync();

        (await registry.Http.GetJsonAsync("/apps")).ToJsonString().ShouldBe("[]");
        (await registry.Http.GetJsonAsync("/apps/none")).ToJsonString().ShouldBe("[]");
        (await registry.Http.GetJsonAsync("/state")).ToJsonString().ShouldBe("[]");
        foreach (var path in (string[])["/apps/none/0123", "/app/none/0123", "/apps/a%2Fb/c"])
        {
            using var answer = await registry.Http.CallAsync("GET", path);
            ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync()).ShouldBe((200, ""), path);
        }
    }

    [Fact]
    public async Task AnInstanceThatIsNotReadyLeavesAndComesBack()
    {
        await using var registry = await StartAsync();
        registry.Small.Service();
        registry.Pod("orders-1", "10.0.0.1", labels: Labels);
        await registry.Http.JsonUntilAsync("/apps/orders", static list => list.AsArray().Count == 1);

        registry.Cluster.Player.SetReady("shop", "orders-1", false);
        await registry.Http.JsonUntilAsync("/apps/orders", static list => list.AsArray().Count == 0);
        (await registry.Http.GetJsonAsync("/state")).ToJsonString().ShouldBe("[]");
        registry.Cluster.Player.SetReady("shop", "orders-1", true);
        await registry.Http.JsonUntilAsync("/state", static list => list.AsArray().Count == 1);
    }

    [Fact]
    public async Task AChangedLabelOfTheServiceIsShown()
    {
        await using var registry = await StartAsync();
        registry.Small.Service(labels: """{"lane":"blue"}""");
        registry.Pod("orders-1", "10.0.0.1", labels: Labels);
        await registry.Http.JsonUntilAsync("/apps/orders", static list => Metadata(list, "lane") == "blue");

        registry.Small.Change(ResourceKinds.Services, "orders", static service => service["metadata"]!["labels"]!["lane"] = "green");
        await registry.Http.JsonUntilAsync("/apps/orders", static list => Metadata(list, "lane") == "green");
        (await registry.Http.JsonUntilAsync("/apps", static apps => Metadata(InstancesOf(apps, "orders"), "lane") == "green")).ShouldNotBeNull();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LabelsOfPodsAreShownOnlyWhereThatIsSwitchedOnAndAnnotationsNever(bool labels)
    {
        await using var registry = await StartAsync(("Facades:SpringPodLabels", labels ? "true" : "false"));
        registry.Small.Service();
        registry.Pod("orders-1", "10.0.0.1", labels: Labels);
        registry.Small.Change(ResourceKinds.Pods, "orders-1", static pod => pod["metadata"]!["annotations"] = new JsonObject { ["secret"] = "of the operator" });
        registry.Small.Change(ResourceKinds.Services, "orders", static service => service["metadata"]!["annotations"] = new JsonObject
        {
            ["kubectl.kubernetes.io/last-applied-configuration"] = "{}",
            ["registry-gateway.io/interfaces"] = "com.example.A",
            ["team"] = "shop",
        });
        await registry.RegisterAsync("orders-1", "orders");
        var text = await registry.Http.TextUntilAsync("/apps", static text => text.Contains("\"team\":\"shop\"", StringComparison.Ordinal) && text.Contains("10.0.0.1", StringComparison.Ordinal));

        text.ShouldNotContain("secret");
        text.ShouldNotContain("last-applied");
        text.ShouldNotContain("registry-gateway.io");
        InstancesOf(JsonNode.Parse(text)!, "orders").ShouldHaveSingleItem()!["podMetadata"]!.ToJsonString()
            .ShouldBe(labels ? """{"labels":{"app":"orders"},"annotations":{}}""" : """{"labels":{},"annotations":{}}""");
        if (!labels)
            return;
        registry.Small.Change(ResourceKinds.Pods, "orders-1", static pod => pod["metadata"]!["labels"]!["lane"] = "green");
        await registry.Http.TextUntilAsync("/apps/orders", static text => text.Contains("""{"app":"orders","lane":"green"}""", StringComparison.Ordinal));
    }

    [Fact]
    public async Task OneNamespaceIsReadAndAnotherOnlyWhereThePathSaysSo()
    {
        await using var registry = await StartAsync();
        registry.Small.Create(ResourceKinds.Namespaces, """{"metadata":{"name":"billing"}}""");
        registry.Small.Create(ResourceKinds.EndpointSlices, """
            {"metadata":{"name":"invoices-1","namespace":"billing","labels":{"kubernetes.io/service-name":"invoices"}},"addressType":"IPv4",
             "endpoints":[{"addresses":["10.7.0.1"],"conditions":{"ready":true}}],"ports":[{"name":"http","port":8080,"protocol":"TCP"}]}
            """);
        registry.Small.Create(ResourceKinds.Services, """{"metadata":{"name":"invoices","namespace":"billing"},"spec":{"clusterIP":"10.96.7.1","type":"ClusterIP","ports":[{"name":"http","port":80,"targetPort":8080,"protocol":"TCP"}]}}""");
        registry.Pod("users-1", "10.0.0.2");
        await registry.RegisterAsync("users-1", "users");

        var invoices = (await registry.Http.JsonUntilAsync("/ns/billing/apps", static apps => apps.AsArray().Count > 0)).AsArray().ShouldHaveSingleItem()!;
        invoices["name"]!.ToString().ShouldBe("invoices");
        invoices["serviceInstances"]!.AsArray().ShouldHaveSingleItem()!["namespace"]!.ToString().ShouldBe("billing");
        (await registry.Http.GetJsonAsync("/apps")).AsArray().Select(static app => (string?)app!["name"]).ShouldBe(["users"]);
        SmallState(await registry.Http.GetJsonAsync("/ns/billing/state")).ShouldBe(["10.7.0.1 billing"]);
    }

    [Fact]
    public async Task WhatIsRefusedIsRefusedAsSpringBootSaysIt()
    {
        await using var registry = await TestRegistry.StartAsync(settings: [("Kubernetes:Namespaces:0", "shop")]);
        await RefusedAsync(registry.Http, "GET", "/apps", HttpStatusCode.BadRequest);
        await RefusedAsync(registry.Http, "GET", "/ns/kube-system/apps", null);
        await RefusedAsync(registry.Http, "GET", "/ns/billing/apps", HttpStatusCode.UnprocessableEntity);
        await RefusedAsync(registry.Http, "GET", "/ns/shop/apps/a/b/c", HttpStatusCode.NotFound);
        await RefusedAsync(registry.Http, "GET", "/ns/shop/apps", HttpStatusCode.Unauthorized, ("Authorization", "Bearer wrong"));
        using var written = await registry.Http.CallAsync("POST", "/ns/shop/apps", "{}");
        ((int)written.StatusCode).ShouldBeInRange(400, 499);
    }

    [Fact]
    public async Task BeforeTheFirstSyncItSaysWhenToAskAgain()
    {
        await using var gateway = await GatewayUnderTest.StartAsync(
            new Uri($"http://127.0.0.1:{LoopbackPort.Free()}"), [KeyValuePair.Create("Facades:Namespace", (string?)"shop")], synced: false);
        foreach (var path in (string[])["/apps", "/apps/orders", "/app/orders/1", "/state"])
        {
            using var answer = await gateway.Http.CallAsync("GET", path);
            answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable, path);
            answer.Headers.RetryAfter.ShouldNotBeNull(path);
        }
    }

    [Fact]
    public async Task ItIsOffWhereItIsSwitchedOff()
    {
        await using var registry = await StartAsync(("Facades:Spring", "false"));
        foreach (var path in (string[])["/apps", "/app/a/b", "/state"])
            (await registry.Http.CallAsync("GET", path)).StatusCode.ShouldBe(HttpStatusCode.NotFound, path);
    }

    private static Task<TestRegistry> StartAsync(params (string Key, string Value)[] settings) => TestRegistry.StartAsync(settings: [("Facades:Namespace", "shop"), .. settings]);

    private static JsonArray InstancesOf(JsonNode apps, string name) =>
        apps.AsArray().SingleOrDefault(app => (string?)app!["name"] == name)?["serviceInstances"]!.AsArray() ?? [];

    private static string? Metadata(JsonNode instances, string key) => instances.AsArray() is [{ } one, ..] ? (string?)one["metadata"]![key] : null;

    private static IEnumerable<string> SmallState(JsonNode state) => state.AsArray().Select(static one => $"{one!["endpointName"]} {one["namespace"]}");

    private static async Task RefusedAsync(HttpClient http, string method, string path, HttpStatusCode? expected, params (string Name, string Value)[] headers)
    {
        using var answer = await http.CallAsync(method, path, headers: headers);
        var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        ((int)answer.StatusCode).ShouldBeInRange(400, 499, body.ToJsonString());
        if (expected is not null)
            answer.StatusCode.ShouldBe(expected.Value, body.ToJsonString());
        ((int)body["status"]!).ShouldBe((int)answer.StatusCode);
        body["error"]!.ToString().ShouldNotBeEmpty();
        body["path"]!.ToString().ShouldBe(path);
        body["timestamp"].ShouldNotBeNull();
    }
}
