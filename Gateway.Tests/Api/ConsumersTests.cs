using System.Net;
using System.Text.Json.Nodes;
using Gateway.Tests.Callers;
using Gateway.Tests.EndToEnd;
using StreamReader = Gateway.Tests.EndToEnd.StreamReader;

namespace Gateway.Tests.Api;

/// <summary><c>GET /v1/consumers</c>: who looked a service up or subscribed to it, and what a pod did, over HTTP.</summary>
public sealed class ConsumersTests
{
    private const string Greeting = "/v1/namespaces/shop/services/greeting/";
    private const string Consumers = "/v1/consumers?namespace=shop&service=greeting";
    private const string Greeter = "greeter-7d4b9c6f58-x2x9k";
    private const string Biller = "biller-0";

    [Fact]
    public async Task ATokenAndAConfirmedAddressProveTheirPodAndAnAddressAloneIsShownAsIt()
    {
        await using var registry = await StartAsync(("Identity:SourceAddress", "true"));
        await LookUpAsync(registry, registry.As("shop", Greeter), (RemoteAddressFilter.Header, "10.0.0.1"));
        await LookUpAsync(registry, registry.As("shop", Greeter), (RemoteAddressFilter.Header, "10.0.0.1"));
        await LookUpAsync(registry, (RemoteAddressFilter.Header, "10.0.0.2"));
        await LookUpAsync(registry, (RemoteAddressFilter.Header, "10.99.0.1"));
        await LookUpAsync(registry, (RemoteAddressFilter.Header, "10.0.0.1"), ("X-Forwarded-For", "10.0.0.2"));

        var answer = await ReadAsync(registry);
        answer.Select(static member => member.Key).ShouldBe(["items", "hidden"]);
        var items = answer["items"]!.AsArray();
        items.ShouldAllBe(static item => item!.AsObject().Select(static member => member.Key).SequenceEqual(new[]
        {
            "workload", "namespace", "pod", "address", "service", "proved", "lookups", "streams", "lastSeen", "facade",
        }));
        items.Select(Line).ShouldBe([
            "- -/- 10.99.0.1 shop/greeting proved=false lookups=1 streams=0 -",
            $"biller billing/{Biller} 10.0.0.2 shop/greeting proved=true lookups=1 streams=0 -",
            $"greeter shop/{Greeter} 10.0.0.1 shop/greeting proved=true lookups=3 streams=0 -",
        ]);
    }

    [Fact]
    public async Task BehindAListedProxyItIsTheAddressThatItForwards()
    {
        await using var registry = await StartAsync(("Identity:SourceAddress", "true"), ("Identity:TrustedProxies:0", "10.9.0.0/16"));
        foreach (var forwarded in new[] { "10.0.0.1", "192.0.2.1, 10.0.0.1", "anything, 10.0.0.1:4711, 10.9.0.7" })
            await LookUpAsync(registry, (RemoteAddressFilter.Header, "10.9.0.1"), ("X-Forwarded-For", forwarded));

        (await ReadAsync(registry))["items"]!.AsArray().Select(Line).ShouldBe([$"greeter shop/{Greeter} 10.0.0.1 shop/greeting proved=true lookups=3 streams=0 -"]);
    }

    [Fact]
    public async Task WithoutSourceAddressesAnAddressOnlySaysSo()
    {
        await using var registry = await StartAsync();
        await LookUpAsync(registry, (RemoteAddressFilter.Header, "10.0.0.2"));
        await LookUpAsync(registry, (RemoteAddressFilter.Header, "10.0.0.1"), ("Authorization", "Bearer a.b.c"));
        (await ReadAsync(registry))["items"]!.AsArray().Select(Line).ShouldBe([
            $"biller billing/{Biller} 10.0.0.2 shop/greeting proved=false lookups=1 streams=0 -",
            $"greeter shop/{Greeter} 10.0.0.1 shop/greeting proved=false lookups=1 streams=0 -",
        ]);
    }

    [Fact]
    public async Task StreamsAreCountedWhileTheyAreOpen()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        await registry.RegisterAsync("greeter-1", "greeting");
        foreach (var path in new[] { Greeting + "watch", "/v1/watch?service=shop/greeting&service=shop/other", "/v1/watch?namespace=shop" })
        {
            await using (var stream = await StreamReader.OpenAsync(registry.Http, path))
            {
                await stream.NextAsync();
                (await StreamsAsync()).ShouldBe(1, path);
            }

            using var deadline = new CancellationTokenSource(Patience.Limit);
            using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
            while (await StreamsAsync() > 0)
                await poll.WaitForNextTickAsync(deadline.Token);
        }

        (await registry.Http.GetJsonAsync("/v1/consumers?namespace=shop&service=unheard"))["items"]!.AsArray()
            .ShouldHaveSingleItem()!["service"]!.ToString().ShouldBe("shop/*");

        async Task<int> StreamsAsync() => (await registry.Http.GetJsonAsync(Consumers))["items"]!.AsArray().Sum(static item => (int)item!["streams"]!);
    }

    [Theory]
    [InlineData("GET", "instances", 1)]
    [InlineData("GET", "instances?status=any&protocol=http", 1)]
    [InlineData("HEAD", "instances", 1)]
    [InlineData("GET", "instances?minRevision={revision}", 1)]
    [InlineData("GET", "instances?index={revision}&wait=1ms", 1)]
    [InlineData("GET", "pick", 1)]
    [InlineData("GET", "pick?policy=consistent-hash&key=a", 1)]
    [InlineData("GET", "instances/{id}", 1)]
    [InlineData("GET", "instances?status=wrong", 0)]
    [InlineData("GET", "instances?at=2100-01-01T00:00:00Z", 0)]
    public async Task EveryLookupIsCountedOnceAndWhatIsNoneIsNot(string method, string target, int lookups)
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        await registry.RegisterAsync("greeter-1", "greeting");
        await registry.Http.LookUpUntilAsync("shop", "greeting", static all => all is [var one] && one.Status() == "UP");
        var found = await registry.Http.GetJsonAsync(Greeting + "instances");
        target = target.Replace("{revision}", Uri.EscapeDataString((string)found["revision"]!), StringComparison.Ordinal)
            .Replace("{id}", (string)found["instances"]![0]!["id"]!, StringComparison.Ordinal);

        // The second one is answered before it is routed, where that is so.
        for (var call = 0; call < 2; call++)
        {
            var before = await LookupsAsync();
            (await registry.Http.CallAsync(method, Greeting + target)).Dispose();
            (await LookupsAsync() - before).ShouldBe(lookups, $"{method} {target}");
        }

        async Task<long> LookupsAsync() => (long)(await registry.Http.GetJsonAsync(Consumers))["items"]!.AsArray().ShouldHaveSingleItem()!["lookups"]!;
    }

    [Fact]
    public async Task WhatAPodConsumesIsListedByService()
    {
        await using var registry = await StartAsync();
        await registry.RegisteredAsync("billing", Biller, "bills");
        await registry.Gateway.State.WaitAsync(static snapshot => snapshot.Find(new("billing", "bills")).Instances.Length == 1, Patience.Limit);
        var caller = registry.As("shop", Greeter);
        await LookUpAsync(registry, caller);
        using var bills = await registry.Http.CallAsync("GET", "/v1/namespaces/billing/services/bills/pick", headers: caller);
        bills.StatusCode.ShouldBe(HttpStatusCode.OK);

        (await ReadAsync(registry, $"/v1/consumers?namespace=shop&pod={Greeter}"))["items"]!.AsArray().Select(Line).ShouldBe([
            $"greeter shop/{Greeter} 127.0.0.1 billing/bills proved=true lookups=1 streams=0 -",
            $"greeter shop/{Greeter} 127.0.0.1 shop/greeting proved=true lookups=1 streams=0 -",
        ]);
        (await ReadAsync(registry, $"/v1/consumers?namespace=billing&pod={Biller}"))["items"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task ConsumersOfNamespacesThatTheCallerMayNotReadAreCountedAndNotNamed()
    {
        await using var registry = await StartAsync(("Access:Lookup", "Rbac"));
        registry.Grant("shop", "own", "shop/app", "discovery.k8s.io", "endpointslices", "get");
        registry.Grant("shop", "guests", "billing/app", "discovery.k8s.io", "endpointslices", "get");
        registry.Grant("billing", "own", "billing/app", "discovery.k8s.io", "endpointslices", "get");
        await registry.RegisteredAsync("billing", Biller, "bills");
        await registry.Gateway.State.WaitAsync(static snapshot => snapshot.Find(new("billing", "bills")).Instances.Length == 1, Patience.Limit);
        var (greeter, biller) = (registry.As("shop", Greeter), registry.As("billing", Biller));
        await LookUpAsync(registry, greeter);
        await LookUpAsync(registry, biller);
        using var bills = await registry.Http.CallAsync("GET", "/v1/namespaces/billing/services/bills/instances", headers: biller);
        using var refused = await registry.Http.CallAsync("GET", Greeting + "instances", headers: ("Authorization", "Bearer x.y.z"));
        refused.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);

        var seen = await ReadAsync(registry, Consumers, greeter);
        (seen["items"]!.AsArray().ShouldHaveSingleItem()!["pod"]!.ToString(), (int)seen["hidden"]!).ShouldBe((Greeter, 1));
        seen.ToJsonString().ShouldNotContain("bill");
        var all = await ReadAsync(registry, Consumers, biller);
        (string.Join(' ', all["items"]!.AsArray().Select(static item => item!["pod"])), (int)all["hidden"]!).ShouldBe(($"{Biller} {Greeter}", 0));

        var own = await ReadAsync(registry, $"/v1/consumers?namespace=billing&pod={Biller}", biller);
        own["items"]!.AsArray().Select(static item => item!["service"]!.ToString()).ShouldBe(["billing/bills", "shop/greeting"]);
        ((int)own["hidden"]!).ShouldBe(0);
        using var others = await registry.Http.CallAsync("GET", $"/v1/consumers?namespace=billing&pod={Biller}", headers: greeter);
        others.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        using var stranger = await registry.Http.CallAsync("GET", Consumers);
        stranger.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task LookupsByOtherProtocolsNameTheirs()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        await registry.RegisterAsync("greeter-1", "greeting");
        await registry.Gateway.State.WaitAsync(static snapshot => snapshot.Find(new("shop", "greeting")).Instances.Length == 1, Patience.Limit);
        foreach (var path in new[]
        {
            "/ns/shop/apps/greeting", "/ns/shop/state", "/prometheus/sd?namespace=shop&service=greeting&service=other", "/v1/namespaces/shop/dubbo/interfaces/greeting/providers",
            "/v1/namespaces/shop/dubbo/applications/greeting/instances", Greeting + "instances", "/ns/shop/apps",
            "/ns/shop/eureka/apps/GREETING", "/ns/shop/eureka/apps/greeting", "/ns/shop/eureka/vips/greeting", "/ns/shop/eureka/apps", "/ns/shop/eureka/apps/delta",
            "/ns/shop/v1/health/service/greeting", "/ns/shop/v1/catalog/service/greeting", "/nacos/v1/ns/instance/list?namespaceId=shop&serviceName=greeting",
        })
        {
            using var answer = await registry.Http.CallAsync("GET", path);
            answer.StatusCode.ShouldBe(HttpStatusCode.OK, path);
        }

        await using var stream = await StreamReader.OpenAsync(registry.Http, "/v1/namespaces/shop/dubbo/interfaces/greeting/providers/watch");
        await stream.NextAsync();
        (await registry.Http.GetJsonAsync(Consumers))["items"]!.AsArray().Select(Line).ShouldBe([
            "- -/- 127.0.0.1 shop/* proved=false lookups=2 streams=0 eureka",
            "- -/- 127.0.0.1 shop/* proved=false lookups=1 streams=0 spring",
            "- -/- 127.0.0.1 shop/greeting proved=false lookups=1 streams=0 -",
            "- -/- 127.0.0.1 shop/greeting proved=false lookups=2 streams=0 consul",
            "- -/- 127.0.0.1 shop/greeting proved=false lookups=2 streams=1 dubbo",
            "- -/- 127.0.0.1 shop/greeting proved=false lookups=3 streams=0 eureka",
            "- -/- 127.0.0.1 shop/greeting proved=false lookups=1 streams=0 nacos",
            "- -/- 127.0.0.1 shop/greeting proved=false lookups=1 streams=0 prometheus",
            "- -/- 127.0.0.1 shop/greeting proved=false lookups=1 streams=0 spring",
        ]);
    }

    [Theory]
    [InlineData("", "namespace service")]
    [InlineData("?namespace=shop", "service")]
    [InlineData("?namespace=shop&service=a&pod=b", "pod")]
    [InlineData("?namespace=Shop&service=..&limit=1&colour=red", "limit colour namespace service")]
    [InlineData("?namespace=shop&pod=A", "pod")]
    [InlineData("?namespace=shop&service=a&service=b", "service")]
    public async Task ParametersAreChecked(string query, string parameters)
    {
        await using var registry = await TestRegistry.StartAsync();
        var problem = await registry.Http.GetJsonAsync("/v1/consumers" + query, HttpStatusCode.BadRequest);
        problem["errors"]!.AsArray().Select(static fault => fault!["parameter"]!.ToString()).ShouldBe(parameters.Split(' '));
    }

    [Fact]
    public async Task NothingIsNotedWhereThatIsSwitchedOff()
    {
        await using var registry = await TestRegistry.StartAsync(settings: ("Registry:Consumers", "0"));
        registry.Small.Service(name: "greeting");
        await registry.Http.LookUpAsync("shop", "greeting");
        (await registry.Http.GetJsonAsync(Consumers)).ToJsonString().ShouldBe("""{"items":[],"hidden":0}""");
    }

    private static string Line(JsonNode? item) =>
        $"{item!["workload"] ?? "-"} {item["namespace"] ?? "-"}/{item["pod"] ?? "-"} {item["address"]} {item["service"]} proved={item["proved"]!.ToJsonString()} lookups={item["lookups"]} streams={item["streams"]} {item["facade"] ?? "-"}";

    private static async Task LookUpAsync(FencedRegistry registry, params (string Name, string Value)[] headers)
    {
        using var answer = await registry.Http.CallAsync("GET", Greeting + "instances", headers: headers);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private static async Task<JsonObject> ReadAsync(FencedRegistry registry, string path = Consumers, params (string Name, string Value)[] headers)
    {
        using var answer = await registry.Http.CallAsync("GET", path, headers: headers);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, text);
        return JsonNode.Parse(text)!.AsObject();
    }

    /// <summary>A pod of a Deployment in shop, which has registered, and one of a StatefulSet in billing.</summary>
    private static async Task<FencedRegistry> StartAsync(params (string Key, string Value)[] settings)
    {
        var registry = await FencedRegistry.StartAsync(null, static world =>
        {
            world.Pod("shop", Greeter, "10.0.0.1", """{"pod-template-hash":"7d4b9c6f58"}""");
            world.Pod("billing", Biller, "10.0.0.2", """{"statefulset.kubernetes.io/pod-name":"biller-0"}""");
        }, settings);
        await registry.SeenAsync("shop", Greeter);
        await registry.SeenAsync("billing", Biller);
        await registry.RegisteredAsync("shop", Greeter);
        await registry.Gateway.State.WaitAsync(static snapshot => snapshot.Find(new("shop", "greeting")).Instances.Length == 1, Patience.Limit);
        return registry;
    }
}
