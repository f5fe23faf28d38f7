using System.Net;
using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.Facades.Clients;
using static Gateway.Tests.Facades.Eureka.EurekaWorld;
using static Gateway.Tests.Facades.FacadeWorld;

namespace Gateway.Tests.Facades.Eureka;

/// <summary>eureka-js-client 4.5.0 from npm, unmodified, through its life: only the address in its configuration is the gateway's.</summary>
public sealed class EurekaClientTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TheClientLivesThroughItsWholeLife(bool byToken)
    {
        var port = LoopbackPort.Free();
        await using var world = await StartAsync(("urls", $"http://127.0.0.1:{port}"), ("Identity:SourceAddress", byToken ? "false" : "true"));
        world.Everyone = byToken ? "10.9.9.9" : Address;
        await using var client = await NodeClient.StartAsync("eureka.cjs", Configuration(port, byToken ? world.Token("orders-1") : null));

        // Register, and be found by all.
        ((string?)(await client.WaitForAsync("start"))["error"]).ShouldBeNull();
        await client.SayAsync("fetch");
        await HoldsAsync(client, "ORDERS 10.0.0.1:8080 UP");
        (await world.Http.LookUpAsync("shop", "orders")).ShouldHaveSingleItem().Status().ShouldBe("UP");

        // What others register by another way is fetched.
        (await world.CallAsync("POST", "/v1/registrations", """{"service":"orders","port":8080}""", "10.0.0.2", headers: TokenOf("orders-2"))).Status.ShouldBe(HttpStatusCode.Created);
        await client.SayAsync("fetch");
        await HoldsAsync(client, "ORDERS 10.0.0.1:8080 UP", "ORDERS 10.0.0.2:8080 UP");

        // Heartbeats write nothing.
        var patches = world.Patches;
        for (var i = 0; i < 3; i++)
        {
            await client.SayAsync("renew");
            await client.WaitForAsync("heartbeat");
        }

        world.Patches.ShouldBe(patches);

        // A status that is set at the server, as by an operator's tool in the pod.
        (await world.CallAsync("PUT", "/eureka/apps/orders/10.0.0.1/status?value=OUT_OF_SERVICE", headers: TokenOf("orders-1"))).Status.ShouldBe(HttpStatusCode.OK);
        await client.SayAsync("fetch");
        await HoldsAsync(client, "ORDERS 10.0.0.2:8080 UP");
        (await world.CallAsync("DELETE", "/eureka/apps/orders/10.0.0.1/status?value=UP", headers: TokenOf("orders-1"))).Status.ShouldBe(HttpStatusCode.OK);
        await client.SayAsync("fetch");
        await HoldsAsync(client, "ORDERS 10.0.0.1:8080 UP", "ORDERS 10.0.0.2:8080 UP");

        // A pod that is not ready leaves the client's list, and comes back.
        world.Cluster.Player.SetReady("shop", "orders-2", false);
        (await world.Http.LookUpUntilAsync("shop", "orders", static all => all.Count == 1, "")).ShouldHaveSingleItem();
        await client.SayAsync("fetch");
        await HoldsAsync(client, "ORDERS 10.0.0.1:8080 UP");
        world.Cluster.Player.SetReady("shop", "orders-2", true);
        await world.Http.LookUpUntilAsync("shop", "orders", static all => all.Count == 2, "");

        // The gateway restarts: the registration is the pod's, so the next heartbeat is taken.
        await world.RestartAsync();
        patches = world.Patches;
        await client.SayAsync("renew");
        await client.WaitForAsync("heartbeat");
        await client.SayAsync("fetch");
        await HoldsAsync(client, "ORDERS 10.0.0.1:8080 UP", "ORDERS 10.0.0.2:8080 UP");
        world.Patches.ShouldBe(patches);

        // Deregistered, it is gone for all, and the others stay.
        await client.SayAsync("stop");
        ((string?)(await client.WaitForAsync("stopped"))["error"]).ShouldBeNull();
        (await world.Http.LookUpAsync("shop", "orders", "?status=any")).ShouldHaveSingleItem();

        (string, string)[] TokenOf(string pod) => byToken ? [("Authorization", "Bearer " + world.Token(pod))] : [];
    }

    [Fact]
    public async Task AClientWhoseRegistrationIsNotKnownRegistersAgainByItself()
    {
        var port = LoopbackPort.Free();
        await using var world = await StartAsync(("urls", $"http://127.0.0.1:{port}"));
        world.Everyone = Address;
        await using var client = await NodeClient.StartAsync("eureka.cjs", Configuration(port, null));
        await client.WaitForAsync("start");

        // The pod is replaced under its name, and with it all that it had registered.
        world.Small.Remove(ResourceKinds.Pods, "orders-1");
        await world.Http.LookUpUntilAsync("shop", "orders", static all => all.Count == 0);
        world.Pod("orders-1", Address);
        (await world.Gateway.State.WaitAsync(static snapshot => snapshot.RegistrationsOf("shop", "orders-1") is not null, Patience.Limit)).ShouldNotBeNull();
        await client.SayAsync("renew");
        await client.WaitForAsync("registered");
        (await world.Http.LookUpAsync("shop", "orders")).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task AClientWhoseTokenEndsIsRefusedAndGoesOnWithTheNextOne()
    {
        var (port, time) = (LoopbackPort.Free(), new ManualTimeProvider(DateTimeOffset.UtcNow));
        await using var world = await StartAsync(time, ("urls", $"http://127.0.0.1:{port}"), ("Identity:SourceAddress", "false"));
        world.Everyone = "10.9.9.9";
        await using var client = await NodeClient.StartAsync("eureka.cjs", Configuration(port, world.Token("orders-1", lifetime: TimeSpan.FromMinutes(10))));
        ((string?)(await client.WaitForAsync("start"))["error"]).ShouldBeNull();
        await client.SayAsync("renew");
        await client.WaitForAsync("heartbeat");
        var patches = world.Patches;

        time.Advance(TimeSpan.FromMinutes(11));
        await client.SayAsync("renew");
        await client.WaitForAsync("warned", static said => ((string)said["text"]!).Contains("statusCode: 401", StringComparison.Ordinal));
        await client.SayAsync("fetch");
        ((string?)(await client.WaitForAsync("fetched"))["error"]).ShouldNotBeNull();
        (await world.Http.LookUpAsync("shop", "orders")).ShouldHaveSingleItem().Status().ShouldBe("UP");

        await using var next = await NodeClient.StartAsync("eureka.cjs", Configuration(port, world.Token("orders-1", lifetime: TimeSpan.FromHours(1))));
        ((string?)(await next.WaitForAsync("start"))["error"]).ShouldBeNull();
        await next.SayAsync("renew");
        await next.WaitForAsync("heartbeat");
        await next.SayAsync("fetch");
        await HoldsAsync(next, "ORDERS 10.0.0.1:8080 UP");
        world.Patches.ShouldBe(patches);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TheClientGoesOnThroughFiveMinutesWithoutTheApiServer(bool byToken)
    {
        var (port, time) = (LoopbackPort.Free(), new ManualTimeProvider(DateTimeOffset.UtcNow));
        await using var world = await StartAsync(time, ("urls", $"http://127.0.0.1:{port}"), ("Identity:SourceAddress", byToken ? "false" : "true"));
        world.Everyone = byToken ? "10.9.9.9" : Address;
        (string, string)[] other = byToken ? [("Authorization", "Bearer " + world.Token("orders-2"))] : [];
        (await world.CallAsync("POST", "/eureka/apps/orders", Body(id: "orders-2", address: "10.0.0.2"), "10.0.0.2", headers: other)).Status.ShouldBe(HttpStatusCode.NoContent);
        await using var client = await NodeClient.StartAsync("eureka.cjs", Configuration(port, byToken ? world.Token("orders-1") : null));
        ((string?)(await client.WaitForAsync("start"))["error"]).ShouldBeNull();
        await client.SayAsync("renew");
        await client.WaitForAsync("heartbeat");
        (await BeatOtherAsync()).ShouldBe(HttpStatusCode.OK);
        var patches = world.Patches;

        world.Cluster.Faults.RefuseConnections();
        world.Small.Remove(ResourceKinds.Pods, "orders-2");
        for (var i = 0; i < 30; i++)
        {
            time.Advance(TimeSpan.FromSeconds(10));
            await client.SayAsync("renew");
            await client.WaitForAsync("heartbeat");
            await client.SayAsync("fetch");
            await HoldsAsync(client, "ORDERS 10.0.0.1:8080 UP", "ORDERS 10.0.0.2:8080 UP");
            (await BeatOtherAsync()).ShouldBe(HttpStatusCode.OK);
        }

        // The API server is back: what changed meanwhile is seen, and no beat of what is gone brings it back.
        world.Cluster.Faults.AcceptConnections();
        await time.AdvanceUntilAsync(TimeSpan.FromMilliseconds(250), async () => (await FetchAsync(client)).Count == 1);
        (await BeatOtherAsync()).ShouldNotBe(HttpStatusCode.OK);
        await client.SayAsync("renew");
        await client.WaitForAsync("heartbeat");
        await client.SayAsync("fetch");
        await HoldsAsync(client, "ORDERS 10.0.0.1:8080 UP");
        world.Patches.ShouldBe(patches);

        async Task<HttpStatusCode> BeatOtherAsync() => (await world.CallAsync("PUT", "/eureka/apps/orders/orders-2", from: "10.0.0.2", headers: other)).Status;
    }

    private static object Configuration(int port, string? token) => new
    {
        token,
        instance = new Dictionary<string, object>
        {
            ["app"] = "orders",
            ["hostName"] = "10.0.0.1",
            ["ipAddr"] = "10.0.0.1",
            ["port"] = new Dictionary<string, object> { ["$"] = 8080, ["@enabled"] = true },
            ["vipAddress"] = "orders",
            ["dataCenterInfo"] = new Dictionary<string, object> { ["@class"] = "com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo", ["name"] = "MyOwn" },
        },
        // The timers never come: what happens is the test's to say.
        eureka = new { host = "127.0.0.1", port, servicePath = "/eureka/apps/", heartbeatInterval = 3_600_000, registryFetchInterval = 3_600_000, maxRetries = 0 },
    };

    private static async Task HoldsAsync(NodeClient client, params string[] expected)
    {
        var fetched = await client.WaitForAsync("fetched");
        ((string?)fetched["error"]).ShouldBeNull();
        Lines(fetched["apps"]!).ShouldBe(expected, ignoreOrder: true);
        Lines(fetched["vips"]!).ShouldBe(expected, ignoreOrder: true);
    }

    private static async Task<IReadOnlyList<string>> FetchAsync(NodeClient client)
    {
        await client.SayAsync("fetch");
        return [.. Lines((await client.WaitForAsync("fetched"))["apps"]!)];
    }

    private static IEnumerable<string> Lines(JsonNode lists) => lists.AsObject().SelectMany(static list => list.Value!.AsArray())
        .Select(static one => $"{one!["app"]} {one["hostName"]}:{one["port"]!["$"]} {one["status"]}");
}
