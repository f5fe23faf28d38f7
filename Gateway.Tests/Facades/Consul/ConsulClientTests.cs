using System.Net;
using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.Facades.Clients;

namespace Gateway.Tests.Facades.Consul;

/// <summary>node-consul 2.0.1 from npm, unmodified, through its whole life.</summary>
public sealed class ConsulClientTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ItLivesItsWholeLife(bool hasToken)
    {
        await using var world = await ConsulWorld.StartAsync(("Identity:SourceAddress", hasToken ? "false" : "true"));
        var port = world.Http.BaseAddress!.Port;
        if (!hasToken)
            world.Everyone = ConsulWorld.Address;
        await using var client = await ClientAsync(world, hasToken ? world.Token("orders-1") : null);
        ((string?)(await DoAsync(client, "leader"))["leader"]).ShouldNotBeNullOrEmpty();
        await DoAsync(client, "register");
        await DoAsync(client, "pass");
        Ids(await DoAsync(client, "health")).ShouldBe(["orders:8080"]);
        (await DoAsync(client, "catalog"))["services"]!["orders"]!.ToJsonString().ShouldBe("""["v1"]""");
        (await DoAsync(client, "key"))["value"].ShouldBeNull();
        (await world.Http.LookUpAsync("shop", "orders")).ShouldHaveSingleItem();

        await ChangedAsync(client, 1, "watch");
        await ChangedAsync(client, 0, "fail");
        await ChangedAsync(client, 1, "pass");
        await ChangedAsync(client, 0, "maintain");
        await ChangedAsync(client, 1, "resume");
        world.Cluster.Player.SetReady("shop", "orders-1", false);
        await ChangedAsync(client, 0);
        world.Cluster.Player.SetReady("shop", "orders-1", true);
        await ChangedAsync(client, 1);

        await world.RestartAsync(("urls", $"http://127.0.0.1:{port}"));
        await DoAsync(client, "pass");
        Ids(await DoAsync(client, "health")).ShouldBe(["orders:8080"]);
        await ChangedAsync(client, 0, "deregister");
        (await world.Http.LookUpAsync("shop", "orders", "?status=any")).ShouldBeEmpty();
    }

    [Fact]
    public async Task AClientWhoseTokenEndsIsRefusedAndGoesOnWithTheNextOne()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var world = await ConsulWorld.StartAsync(time, ("Identity:SourceAddress", "false"));
        await using var client = await ClientAsync(world, world.Token("orders-1", lifetime: TimeSpan.FromMinutes(10)));
        await DoAsync(client, "register");
        await DoAsync(client, "pass");
        var patches = world.Patches;

        time.Advance(TimeSpan.FromMinutes(11));
        foreach (var line in new[] { "pass", "health", "register", "fail", "deregister" })
        {
            await client.SayAsync(line);
            ((string?)(await client.WaitForAsync(line))["error"]).ShouldNotBeNull(line).ShouldContain("Permission denied", Case.Sensitive, line);
        }

        (await world.Http.LookUpAsync("shop", "orders")).ShouldHaveSingleItem().Status().ShouldBe("UP");

        await using var next = await ClientAsync(world, world.Token("orders-1", lifetime: TimeSpan.FromHours(1)));
        await DoAsync(next, "pass");
        await DoAsync(next, "register");
        Ids(await DoAsync(next, "health")).ShouldBe(["orders:8080"]);
        world.Patches.ShouldBe(patches);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ItGoesOnThroughFiveMinutesWithoutTheApiServer(bool hasToken)
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var world = await ConsulWorld.StartAsync(time, ("Identity:SourceAddress", hasToken ? "false" : "true"));
        if (!hasToken)
            world.Everyone = ConsulWorld.Address;
        (string, string)[] other = hasToken ? [("X-Consul-Token", world.Token("orders-2"))] : [];
        (await OtherAsync("service/register", ConsulWorld.Body("orders-2", address: "10.0.0.2"))).ShouldBe(HttpStatusCode.OK);
        (await OtherAsync("check/pass/service:orders-2")).ShouldBe(HttpStatusCode.OK);
        await using var client = await ClientAsync(world, hasToken ? world.Token("orders-1") : null);
        await DoAsync(client, "register");
        await DoAsync(client, "pass");
        await ChangedAsync(client, 2, "watch");
        var patches = world.Patches;

        world.Cluster.Faults.RefuseConnections();
        world.Small.Remove(ResourceKinds.Pods, "orders-2");
        for (var i = 0; i < 30; i++)
        {
            time.Advance(TimeSpan.FromSeconds(10));
            await DoAsync(client, "pass");
            Ids(await DoAsync(client, "health")).ShouldBe(["orders:8080", "orders-2"], ignoreOrder: true);
            (await OtherAsync("check/pass/service:orders-2")).ShouldBe(HttpStatusCode.OK);
        }

        // The API server is back: what changed meanwhile is seen, by its watch too, and no beat of what is gone brings it back.
        world.Cluster.Faults.AcceptConnections();
        await time.AdvanceUntilAsync(TimeSpan.FromMilliseconds(250), async () =>
            Ids(await DoAsync(client, "health")).Count == 1 && client.HasSaid("changed", static said => said["ids"]!.AsArray().Count == 1));
        (await OtherAsync("check/pass/service:orders-2")).ShouldNotBe(HttpStatusCode.OK);
        await DoAsync(client, "pass");
        Ids(await DoAsync(client, "health")).ShouldBe(["orders:8080"]);
        world.Patches.ShouldBe(patches);

        async Task<HttpStatusCode> OtherAsync(string path, string? body = null) =>
            (await world.CallAsync("PUT", "/v1/agent/" + path, body, "10.0.0.2", headers: other)).Status;
    }

    private static async Task<NodeClient> ClientAsync(ConsulWorld world, string? token)
    {
        var client = await NodeClient.StartAsync("consul.cjs", new
        {
            host = "127.0.0.1",
            port = world.Http.BaseAddress!.Port,
            token,
            service = new { name = "orders", id = "orders:8080", tags = new[] { "v1" }, meta = new { zone = "a" }, address = ConsulWorld.Address, port = 8080, check = new { ttl = "10s", deregistercriticalserviceafter = "1m" } },
        });
        await client.WaitForAsync("started");
        return client;
    }

    /// <summary>The change may come before the answer to the call that makes it.</summary>
    private static async Task ChangedAsync(NodeClient client, int count, string? line = null)
    {
        if (line is not null)
            await client.SayAsync(line);
        await client.WaitForAsync("changed", said => said["ids"]!.AsArray().Count == count);
    }

    private static async Task<JsonNode> DoAsync(NodeClient client, string line)
    {
        await client.SayAsync(line);
        var said = await client.WaitForAsync(line);
        ((string?)said["error"]).ShouldBeNull(line);
        return said;
    }

    private static IReadOnlyList<string> Ids(JsonNode said) => [.. said["ids"]!.AsArray().Select(static id => (string)id!)];
}
