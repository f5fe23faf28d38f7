using System.Text.Json.Nodes;
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
        await using var client = await NodeClient.StartAsync("consul.cjs", new
        {
            host = "127.0.0.1",
            port,
            token = hasToken ? world.Token("orders-1") : null,
            service = new { name = "orders", id = "orders:8080", tags = new[] { "v1" }, meta = new { zone = "a" }, address = ConsulWorld.Address, port = 8080, check = new { ttl = "10s", deregistercriticalserviceafter = "1m" } },
        });
        await client.WaitForAsync("started");
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
