using System.Net;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Gateway.Tests.Annotations;
using Gateway.Tests.Api;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.Facades.Dubbo;

namespace Gateway.Tests.Facades;

/// <summary>
/// One registry: what is registered in one way is found in every other, in the form of each. Rows are ways to register, columns ways to find; all that is said
/// here is what the wire documents of the protocols say.
/// </summary>
public sealed class FacadeMatrixTests
{
    private const string Pod = "orders-1";
    private const string Address = "10.0.0.1";

    private static readonly Dictionary<string, Way> Ways = new(StringComparer.Ordinal)
    {
        ["native"] = new("orders", 8080, static async registry => await registry.Http.RegisterAsync(new
        {
            @namespace = "shop",
            pod = Pod,
            service = "orders",
            port = 8080,
            container = "app",
            metadata = new Dictionary<string, string> { ["lane"] = "blue" },
        })),
        ["eureka"] = new("orders", 8080, static registry => SendAsync(
            registry, "POST", "/eureka/apps/ORDERS", HttpStatusCode.NoContent,
            """
            {"instance":{"app":"ORDERS","instanceId":"10.0.0.1:orders:8080","hostName":"10.0.0.1","ipAddr":"10.0.0.1","port":{"$":8080,"@enabled":true},
             "vipAddress":"orders","status":"UP","metadata":{"lane":"blue"},"leaseInfo":{"renewalIntervalInSecs":30,"durationInSecs":90},
             "dataCenterInfo":{"@class":"com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo","name":"MyOwn"} } }
            """,
            ("Authorization", "Bearer " + TokenOf(registry)))),
        ["consul"] = new("orders", 8080, static async registry =>
        {
            await SendAsync(
                registry, "PUT", "/v1/agent/service/register", HttpStatusCode.OK,
                """{"Name":"orders","ID":"orders-1","Tags":["v1"],"Meta":{"lane":"blue"},"Address":"10.0.0.1","Port":8080,"Check":{"TTL":"10s","DeregisterCriticalServiceAfter":"1m"}}""",
                ("X-Consul-Token", TokenOf(registry)));
            await SendAsync(registry, "PUT", "/v1/agent/check/pass/service%3Aorders-1", HttpStatusCode.OK, null, ("X-Consul-Token", TokenOf(registry)));
        }),
        ["nacos"] = new("orders", 8080, static registry => SendAsync(
            registry, "POST",
            "/nacos/v1/ns/instance?serviceName=DEFAULT_GROUP%40%40orders&groupName=DEFAULT_GROUP&clusterName=DEFAULT&ip=10.0.0.1&port=8080&weight=1&enable=true&healthy=true"
            + "&ephemeral=true&metadata=%7B%22lane%22%3A%22blue%22%7D&accessToken=" + Uri.EscapeDataString(TokenOf(registry)),
            HttpStatusCode.OK)),
        ["dubbo-go"] = new(DubboCluster.Greeting, 20880, static registry =>
        {
            var (key, value) = DubboCluster.DubboGo($"dubbo://{Address}:20880/{DubboCluster.Greeting}?interface={DubboCluster.Greeting}&side=provider&lane=blue");
            registry.Small.Change(
                Gateway.Emulator.Storage.ResourceKinds.Pods, Pod, pod => pod["metadata"]!["annotations"] = new JsonObject { [key] = value });
            return Task.CompletedTask;
        }),
        ["endpoints"] = new("orders", 8080, static registry =>
        {
            registry.Small.Service();
            return Task.CompletedTask;
        }, Lane: null),
    };

    /// <summary>What each protocol shows of one service: address, port, whether it may be called, the metadatum <c>lane</c>.</summary>
    private static readonly Dictionary<string, Func<HttpClient, string, Task<IReadOnlyList<Found>>>> Finders = new(StringComparer.Ordinal)
    {
        ["native"] = static async (http, name) => [.. (await http.LookUpAsync("shop", name, "?status=any"))
            .Select(static one => new Found($"{one["address"]}:{one["port"]}", one.Status() == "UP", (string?)one["metadata"]!["lane"]))],
        ["eureka JSON"] = static async (http, name) => [.. (await ReadAsync(http, $"/eureka/apps/{name}", ("Accept", "application/json")))["application"]!["instance"]!.AsArray()
            .Select(static one => new Found($"{one!["ipAddr"]}:{one["port"]!["$"]}", (string?)one["status"] == "UP", (string?)one["metadata"]!["lane"]))],
        ["eureka JSON, all"] = static async (http, name) => [.. (await ReadAsync(http, "/eureka/v2/apps/", ("Accept", "application/json")))["applications"]!["application"]!.AsArray()
            .Where(app => (string?)app!["name"] == name.ToUpperInvariant()).SelectMany(static app => app!["instance"]!.AsArray())
            .Select(static one => new Found($"{one!["ipAddr"]}:{one["port"]!["$"]}", (string?)one["status"] == "UP", (string?)one["metadata"]!["lane"]))],
        ["eureka XML"] = static async (http, name) => [.. XDocument.Parse(await TextAsync(http, "/eureka/apps")).Root!.Elements("application")
            .Where(app => app.Element("name")!.Value == name.ToUpperInvariant()).SelectMany(static app => app.Elements("instance"))
            .Select(static one => new Found($"{one.Element("ipAddr")!.Value}:{one.Element("port")!.Value}", one.Element("status")!.Value == "UP", one.Element("metadata")!.Element("lane")?.Value))],
        ["eureka VIP"] = static async (http, name) => [.. (await ReadAsync(http, $"/eureka/vips/{name}", ("Accept", "application/json")))["applications"]!["application"]!.AsArray()
            .SelectMany(static app => app!["instance"]!.AsArray())
            .Select(static one => new Found($"{one!["ipAddr"]}:{one["port"]!["$"]}", (string?)one["status"] == "UP", (string?)one["metadata"]!["lane"]))],
        ["consul catalog"] = static async (http, name) => [.. (await ReadAsync(http, $"/v1/catalog/service/{name}")).AsArray()
            .Select(static one => new Found($"{one!["ServiceAddress"]}:{one["ServicePort"]}", null, (string?)one["ServiceMeta"]!["lane"]))],
        ["consul health"] = static async (http, name) => [.. (await ReadAsync(http, $"/v1/health/service/{name}")).AsArray()
            .Select(static one => new Found(
                $"{one!["Service"]!["Address"]}:{one["Service"]!["Port"]}", one["Checks"]!.AsArray().All(static check => (string?)check!["Status"] == "passing"),
                (string?)one["Service"]!["Meta"]!["lane"]))],
        ["nacos v1"] = static async (http, name) => Hosts((await ReadAsync(http, $"/nacos/v1/ns/instance/list?serviceName=DEFAULT_GROUP%40%40{name}&groupName=DEFAULT_GROUP"))["hosts"]!),
        ["nacos v2"] = static async (http, name) => Hosts((await ReadAsync(http, $"/nacos/v2/ns/instance/list?serviceName={name}&groupName=DEFAULT_GROUP"))["data"]!["hosts"]!),
        ["nacos v3"] = static async (http, name) => Hosts((await ReadAsync(http, $"/nacos/v3/client/ns/instance/list?serviceName={name}&groupName=DEFAULT_GROUP"))["data"]!),
        ["spring"] = static async (http, name) => [.. (await ReadAsync(http, $"/apps/{name}")).AsArray()
            .Select(static one => new Found($"{one!["host"]}:{one["port"]}", true, (string?)one["metadata"]!["lane"]))],
        ["spring, all"] = static async (http, name) => [.. (await ReadAsync(http, "/apps")).AsArray().Where(app => (string?)app!["name"] == name)
            .SelectMany(static app => app!["serviceInstances"]!.AsArray())
            .Select(static one => new Found($"{one!["host"]}:{one["port"]}", true, (string?)one["metadata"]!["lane"]))],
        ["prometheus"] = static async (http, name) => [.. (await ReadAsync(http, $"/prometheus/sd?service={name}")).AsArray()
            .Select(static one => new Found(
                (string)one!["targets"]![0]!, (string?)one["labels"]!["__meta_registry_gateway_status"] == "UP", (string?)one["labels"]!["__meta_registry_gateway_metadata_lane"]))],
        ["nacos prometheus"] = static async (http, name) => [.. (await ReadAsync(http, $"/nacos/prometheus/namespaceId/shop/service/{name}")).AsArray()
            .Select(static one => new Found((string)one!["targets"]![0]!, null, (string?)one["labels"]!["lane"]))],
    };

    public static TheoryData<string> Registered => [.. Ways.Keys];

    [Theory]
    [MemberData(nameof(Registered))]
    public async Task WhatIsRegisteredInOneWayIsFoundInAll(string way)
    {
        var (name, port, register, lane) = Ways[way];
        await using var registry = await StartAsync();
        await register(registry);
        await registry.Http.LookUpUntilAsync("shop", name, static instances => instances.Count == 1 && instances[0].Status() == "UP");

        List<string> wrong = [];
        foreach (var (found, find) in Finders)
        {
            try
            {
                var shown = await find(registry.Http, name);
                if (shown is not [var one] || one.Target != $"{Address}:{port}" || one.MayBeCalled == false || one.Lane != lane)
                    wrong.Add($"{found}: {string.Join(", ", shown)}");
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                wrong.Add($"{found}: {failure.GetType().Name} {failure.Message}");
            }
        }

        wrong.ShouldBeEmpty($"registered by {way}");
    }

    [Theory]
    [MemberData(nameof(Registered))]
    public async Task WhatIsNotReadyMayBeCalledNowhere(string way)
    {
        var (name, _, register, _) = Ways[way];
        await using var registry = await StartAsync();
        await register(registry);
        await registry.Http.LookUpUntilAsync("shop", name, static instances => instances.Count == 1 && instances[0].Status() == "UP");
        registry.Cluster.Player.SetReady("shop", Pod, false);
        await registry.Http.LookUpUntilAsync("shop", name, static instances => instances.Count == 1 && instances[0].Status() == "STARTING");

        List<string> callable = [];
        foreach (var (found, find) in Finders)
        {
            if ((await find(registry.Http, name)).Any(static one => one.MayBeCalled == true))
                callable.Add(found);
        }

        callable.ShouldBeEmpty($"registered by {way}");
        (await ReadAsync(registry.Http, $"/v1/health/service/{name}?passing")).AsArray().ShouldBeEmpty();
        Hosts((await ReadAsync(registry.Http, $"/nacos/v1/ns/instance/list?serviceName={name}&healthyOnly=true"))["hosts"]!).ShouldBeEmpty();
        (await ReadAsync(registry.Http, $"/prometheus/sd?service={name}")).AsArray().Count.ShouldBe(1, "an alert on up == 0 needs its target");
    }

    private static async Task<TestRegistry> StartAsync()
    {
        var registry = await TestRegistry.StartAsync(settings: [("Facades:Namespace", "shop")]);
        registry.Pod(Pod, Address, labels: """{"app":"orders"}""");
        await registry.Gateway.State.WaitAsync(static snapshot => snapshot.RegistrationsOf("shop", Pod) is { } seen && !seen.Pod.PodIPs.IsEmpty, Patience.Limit);
        return registry;
    }

    private static string TokenOf(TestRegistry registry) => registry.Cluster.IssueToken("shop", "default", Pod, ["registry-gateway"]);

    private static async Task SendAsync(TestRegistry registry, string method, string path, HttpStatusCode expected, string? body = null, params (string Name, string Value)[] headers)
    {
        using var answer = await registry.Http.CallAsync(method, path, body, headers: headers);
        answer.StatusCode.ShouldBe(expected, await answer.Content.ReadAsStringAsync());
    }

    private static async Task<string> TextAsync(HttpClient http, string path, params (string Name, string Value)[] headers)
    {
        using var answer = await http.CallAsync("GET", path, headers: headers);
        var text = await answer.Content.ReadAsStringAsync();
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, $"{path}: {text}");
        return text;
    }

    private static async Task<JsonNode> ReadAsync(HttpClient http, string path, params (string Name, string Value)[] headers) => JsonNode.Parse(await TextAsync(http, path, headers))!;

    private static IReadOnlyList<Found> Hosts(JsonNode hosts) =>
        [.. hosts.AsArray().Select(static one => new Found($"{one!["ip"]}:{one["port"]}", (bool)one["healthy"]! && (bool)one["enabled"]!, (string?)one["metadata"]!["lane"]))];

    /// <summary>A way to register, and what has to be found then.</summary>
    private sealed record Way(string Service, int Port, Func<TestRegistry, Task> RegisterAsync, string? Lane = "blue");

    /// <summary>One instance as it was found; <paramref name="MayBeCalled"/> is null where the form does not say it.</summary>
    private sealed record Found(string Target, bool? MayBeCalled, string? Lane);
}
