using System.Text.Json.Nodes;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.Facades.Clients;

namespace Gateway.Tests.Facades.Nacos;

/// <summary>The client nacos 2.6.3 from npm, unmodified, through its life: only the address in its configuration is the gateway's.</summary>
public sealed class NacosClientTests
{
    private const string Beat = "PUT /nacos/v1/ns/instance/beat";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TheClientLivesThroughItsWholeLife(bool byToken)
    {
        await using var world = await NacosClientWorld.StartAsync(bySourceAddress: !byToken);
        await using var client = await NodeClient.StartAsync("nacos.cjs", new
        {
            server = $"127.0.0.1:{world.Port}",
            username = byToken ? "nacos" : null,
            password = byToken ? world.Token("orders-1") : null,
            service = "orders",
            // With leases the client obeys the interval that it asks for itself.
            instance = new { ip = "10.0.0.1", port = 8080, metadata = new Dictionary<string, string> { ["lane"] = "blue", ["preserved.heart.beat.interval"] = "500" } },
        });
        await client.WaitForAsync("started");

        // Register, and be found by all.
        await DoAsync(client, "register");
        var native = (await world.Http.LookUpAsync("shop", "orders")).ShouldHaveSingleItem();
        (native.Status(), (string?)native["metadata"]!["lane"]).ShouldBe(("UP", "blue"));
        Hosts(await DoAsync(client, "list")).ShouldBe(["10.0.0.1:8080 healthy"]);
        ((string?)(await DoAsync(client, "status"))["status"]).ShouldBe("UP");
        var patches = world.Patches;

        // What others register by another way comes to its subscriber.
        await client.SayAsync("subscribe");
        await ChangedAsync(client, "10.0.0.1:8080 healthy");
        await world.RegisterNativelyAsync("""{"service":"orders","port":9090}""", "orders-2");
        patches++;
        await ChangedAsync(client, "10.0.0.1:8080 healthy", "10.0.0.2:9090 healthy");

        // Its beats write nothing.
        await world.CalledAsync(Beat, 2);
        world.Patches.ShouldBe(patches);

        // A pod that is not ready is unhealthy, and comes back.
        world.Small.Cluster.Player.SetReady("shop", "orders-2", false);
        await ChangedAsync(client, "10.0.0.1:8080 healthy", "10.0.0.2:9090 unhealthy");
        Hosts(await DoAsync(client, "healthy")).ShouldBe(["10.0.0.1:8080 healthy"]);
        world.Small.Cluster.Player.SetReady("shop", "orders-2", true);
        await ChangedAsync(client, "10.0.0.1:8080 healthy", "10.0.0.2:9090 healthy");

        // The gateway restarts: the registration is the pod's, so the next beat is taken and nothing is written.
        await world.RestartAsync();
        await world.CalledAsync(Beat, 1);
        Hosts(await DoAsync(client, "list")).ShouldBe(["10.0.0.1:8080 healthy", "10.0.0.2:9090 healthy"]);
        world.Patches.ShouldBe(patches);

        // Deregistered, it is gone for all, and no late beat brings it back.
        await DoAsync(client, "deregister");
        (await world.Http.LookUpAsync("shop", "orders", "?status=any")).ShouldHaveSingleItem();
        await ChangedAsync(client, "10.0.0.2:9090 healthy");
    }

    [Fact]
    public async Task AClientWhoseRegistrationIsNotKnownIsRegisteredByItsBeat()
    {
        await using var world = await NacosClientWorld.StartAsync(bySourceAddress: true);
        await using var client = await NodeClient.StartAsync("nacos.cjs", new
        {
            server = $"127.0.0.1:{world.Port}",
            service = "orders",
            instance = new { ip = "10.0.0.1", port = 8080, metadata = new Dictionary<string, string> { ["preserved.heart.beat.interval"] = "500" } },
        });
        await client.WaitForAsync("started");
        await DoAsync(client, "register");

        // The pod is replaced under its name and address, and with it all that it had registered.
        world.Small.Remove(Gateway.Emulator.Storage.ResourceKinds.Pods, "orders-1");
        await world.Http.LookUpUntilAsync("shop", "orders", static all => all.Count == 0);
        world.Pod("orders-1", "10.0.0.1");
        (await world.Http.LookUpUntilAsync("shop", "orders", static all => all.Count == 1)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task AClientWhoseTokenEndsIsRefusedAndGoesOnWithTheNextOne()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var world = await NacosClientWorld.StartAsync(bySourceAddress: false, leases: false, time);
        await using var client = await ClientAsync(world, world.Token("orders-1", TimeSpan.FromMinutes(10)));
        await DoAsync(client, "register");
        Hosts(await DoAsync(client, "list")).ShouldBe(["10.0.0.1:8080 healthy"]);
        var patches = world.Patches;

        time.Advance(TimeSpan.FromMinutes(11));
        foreach (var line in new[] { "list", "register" })
        {
            await client.SayAsync(line);
            await client.WaitForAsync("warned", static said => Text(said).Contains("code: 403", StringComparison.Ordinal));
            ((string?)(await client.WaitForAsync(line))["error"]).ShouldNotBeNull(line);
        }

        // Its first beat comes by its own clock.
        await client.WaitForAsync("warned", static said => Text(said).Contains("/instance/beat. code: 403", StringComparison.Ordinal));
        (await world.Http.LookUpAsync("shop", "orders")).ShouldHaveSingleItem().Status().ShouldBe("UP");

        await using var next = await ClientAsync(world, world.Token("orders-1", TimeSpan.FromHours(1)));
        await DoAsync(next, "register");
        Hosts(await DoAsync(next, "list")).ShouldBe(["10.0.0.1:8080 healthy"]);
        world.Patches.ShouldBe(patches);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TheClientGoesOnThroughFiveMinutesWithoutTheApiServer(bool byToken)
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var world = await NacosClientWorld.StartAsync(bySourceAddress: !byToken, time: time);
        await world.RegisterNativelyAsync("""{"service":"orders","port":9090}""", "orders-2");
        await using var client = await ClientAsync(world, byToken ? world.Token("orders-1") : null);
        await DoAsync(client, "register");
        await world.CalledAsync(Beat, 1);
        var patches = world.Patches;

        world.Small.Cluster.Faults.RefuseConnections();
        world.Small.Remove(Gateway.Emulator.Storage.ResourceKinds.Pods, "orders-2");
        for (var i = 0; i < 30; i++)
        {
            // Its lease is longer than a step, and far shorter than all of them.
            time.Advance(TimeSpan.FromSeconds(10));
            await world.CalledAsync(Beat, world.Called(Beat) + 2);
            Hosts(await DoAsync(client, "list")).ShouldBe(["10.0.0.1:8080 healthy", "10.0.0.2:9090 healthy"]);
        }

        // The API server is back: what changed meanwhile is seen.
        world.Small.Cluster.Faults.AcceptConnections();
        await time.AdvanceUntilAsync(TimeSpan.FromMilliseconds(250), async () => Hosts(await DoAsync(client, "list")).Count() == 1);
        await world.CalledAsync(Beat, world.Called(Beat) + 2);
        Hosts(await DoAsync(client, "list")).ShouldBe(["10.0.0.1:8080 healthy"]);
        world.Patches.ShouldBe(patches);
    }

    private static async Task<NodeClient> ClientAsync(NacosClientWorld world, string? token)
    {
        var client = await NodeClient.StartAsync("nacos.cjs", new
        {
            server = $"127.0.0.1:{world.Port}",
            username = token is null ? null : "nacos",
            password = token,
            service = "orders",
            instance = new { ip = "10.0.0.1", port = 8080, metadata = new Dictionary<string, string> { ["preserved.heart.beat.interval"] = "100" } },
        });
        await client.WaitForAsync("started");
        return client;
    }

    private static string Text(JsonNode said) => (string)said["text"]!;

    private static async Task<JsonNode> DoAsync(NodeClient client, string what)
    {
        await client.SayAsync(what);
        var done = await client.WaitForAsync(what);
        ((string?)done["error"]).ShouldBeNull();
        return done;
    }

    private static Task<JsonNode> ChangedAsync(NodeClient client, params string[] hosts) =>
        client.WaitForAsync("changed", changed => Hosts(changed).SequenceEqual(hosts));

    private static IEnumerable<string> Hosts(JsonNode said) => said["hosts"]!.AsArray().Select(static host => (string)host!);
}
