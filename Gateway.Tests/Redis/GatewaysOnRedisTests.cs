using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Gateway.Core.Redis;
using Gateway.Core.Registry;
using Gateway.Tests.EndToEnd;
using Microsoft.Extensions.DependencyInjection;
using StreamReader = Gateway.Tests.EndToEnd.StreamReader;

namespace Gateway.Tests.Redis;

/// <summary>Whole gateways that share a real redis-server.</summary>
public sealed class GatewaysOnRedisTests
{
    // Nobody listens there.
    private static readonly Uri Nowhere = new("http://127.0.0.1:9");

    [Fact]
    public async Task AReplicaThatStartsWithoutAnApiServerServesTheSavedStateAsStaleAndRefusesWrites()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var registry = await TestRegistry.StartAsync(settings: ("Redis:Configuration", redis.Configuration));
        registry.Pod("greeter-1", "10.0.0.1");
        var id = (string)(await registry.RegisterAsync("greeter-1", "greeting"))["id"]!;
        await registry.Gateway.Services.GetRequiredService<RedisConnection>().UntilAsync(isAvailable: true);
        (await registry.Gateway.Services.GetRequiredService<RegistryKeeper>().SaveAsync()).ShouldBeTrue();

        await using var late = await GatewayUnderTest.StartAsync(Nowhere, On(redis));
        using var answer = await late.Http.GetAsync("/v1/namespaces/shop/services/greeting/instances").Within();
        var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, body.ToJsonString());
        ((bool)body["stale"]!).ShouldBeTrue();
        answer.Headers.GetValues("X-Registry-Stale").ShouldBe(["true"]);
        var instance = body["instances"]!.AsArray().ShouldHaveSingleItem()!;
        ((string)instance["id"]!).ShouldBe(id);
        ((string)instance["pod"]!["zone"]!).ShouldBe("zone-a");
        await late.Http.GetJsonAsync("/readyz");
        using var write = await late.Http.PostAsJsonAsync(
            "/v1/registrations", new { @namespace = "shop", pod = "greeter-1", service = "greeting", port = 8080 }).Within();
        write.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
    }

    [Fact]
    public async Task AStateThatIsTooOldIsNotServed()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var connection = await redis.ConnectAsync();
        var store = new SavedRegistryStore(connection, RevisionLayout.WholeCluster, new());
        (await store.SaveAsync(new SavedRegistry(DateTimeOffset.UtcNow.AddHours(-2), "", [], [], [], [], []))).ShouldBeTrue();

        var logs = new LogOf(1506);
        await using var late = await GatewayUnderTest.StartAsync(Nowhere, On(redis), logs, synced: false);
        await logs.Written.Within();
        late.State.Current.HasSynced.ShouldBeFalse();
        await late.Http.GetJsonAsync("/readyz", HttpStatusCode.ServiceUnavailable);
    }

    [Fact]
    public async Task WhileRedisIsAwayEveryAnswerSaysSoAndHeartbeatsSucceed()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var registry = await TestRegistry.StartAsync(settings: ("Redis:Configuration", redis.Configuration));
        var connection = registry.Gateway.Services.GetRequiredService<RedisConnection>();
        await connection.UntilAsync(isAvailable: true);
        registry.Pod("greeter-1", "10.0.0.1");
        var id = (string)(await RegisterWithTtlAsync(registry, ttl: 5))["id"]!;
        await redis.KillAsync();
        await connection.UntilAsync(isAvailable: false);

        using (var beat = await registry.Http.PutAsync($"/v1/registrations/{id}/heartbeat?namespace=shop&pod=greeter-1", null).Within())
        {
            beat.StatusCode.ShouldBe(HttpStatusCode.NoContent);
            beat.Headers.GetValues("X-Registry-Degraded").ShouldBe(["redis"]);
        }

        using (var ready = await registry.Http.GetAsync("/readyz").Within())
            ready.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await registry.Http.GetStringAsync("/metrics").Within()).ShouldContain("registry_gateway_redis_available 0");

        await redis.StartAgainAsync();
        await connection.UntilAsync(isAvailable: true);
        using var again = await registry.Http.GetAsync("/readyz").Within();
        again.Headers.Contains("X-Registry-Degraded").ShouldBeFalse();
    }

    [Fact]
    public async Task DrainWaitCountsTheStreamsOfEveryReplica()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var registry = await TestRegistry.StartAsync(settings: ("Redis:Configuration", redis.Configuration));
        await using var other = await GatewayUnderTest.StartAsync(registry.Cluster.Url, On(redis));
        registry.Pod("greeter-1", "10.0.0.1");
        var id = (string)(await registry.RegisterAsync("greeter-1", "greeting"))["id"]!;
        await other.Http.LookUpUntilAsync("shop", "greeting", static all => all.Count == 1);
        await using var here = await StreamReader.OpenAsync(registry.Http, "/v1/namespaces/shop/services/greeting/watch");
        await using var there = await StreamReader.OpenAsync(other.Http, "/v1/namespaces/shop/services/greeting/watch");
        await here.NextAsync("snapshot");
        await there.NextAsync("snapshot");
        await UntilKnownAsync(registry.Gateway, replicas: 2);
        await UntilKnownAsync(other, replicas: 2);

        using var answer = await registry.Http.PatchAsJsonAsync(
            $"/v1/registrations/{id}?namespace=shop&pod=greeter-1&drain=wait&timeout=20s", new { status = "OUT_OF_SERVICE" }).Within();
        var drain = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["drain"].ShouldNotBeNull();
        ((bool)drain["complete"]!).ShouldBeTrue(drain.ToJsonString());
        ((int)drain["replicas"]!).ShouldBe(2);
        ((int)drain["subscribers"]!).ShouldBe(2);
        ((int)drain["pending"]!).ShouldBe(0);
    }

    [Fact]
    public async Task ARegistrationThatStaysLapsedIsRemovedFromItsPod()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var registry = await TestRegistry.StartAsync(
            settings: [("Redis:Configuration", redis.Configuration), ("Leases:DeregisterAfter", "00:00:02"), ("Election:Namespace", "shop")]);
        registry.Pod("greeter-1", "10.0.0.1");
        await RegisterWithTtlAsync(registry, ttl: 5);
        var down = await registry.Http.LookUpUntilAsync("shop", "greeting", static all => all[0].Status() == "DOWN");
        ((string)down[0]["reason"]!).ShouldBe("LeaseExpired");
        await registry.Http.LookUpUntilAsync("shop", "greeting", static all => all.Count == 0);
        registry.Cluster.Storage.Get(Gateway.Emulator.Storage.ResourceKinds.Pods, "shop", "greeter-1").ShouldNotBeNull();
    }

    private static KeyValuePair<string, string?>[] On(RedisUnderTest redis) => [KeyValuePair.Create("Redis:Configuration", (string?)redis.Configuration)];

    private static Task<JsonNode> RegisterWithTtlAsync(TestRegistry registry, int ttl) =>
        registry.Http.RegisterAsync(new { @namespace = "shop", pod = "greeter-1", service = "greeting", port = 8080, container = "app", ttl });

    private static async Task UntilKnownAsync(GatewayUnderTest gateway, int replicas)
    {
        var roster = gateway.Services.GetRequiredService<ReplicaRoster>();
        using var deadline = new CancellationTokenSource(Patience.Limit);
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while ((await roster.FindAllAsync())?.Length != replicas)
            await poll.WaitForNextTickAsync(deadline.Token);
    }
}
