using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Gateway.Core.Dubbo.Metadata;
using Gateway.Core.Redis;
using Gateway.Core.Registry.Revisions;
using Gateway.Core.Registry.Saved;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.Facades.Dubbo;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Gateway.Tests.Redis;

/// <summary>Whole gateways on a Redis in which anything may stand: they live, serve, take writes, and agree again afterwards.</summary>
public sealed class GarbageInRedisTests(ITestOutputHelper output)
{
    private const int Rounds = 10;

    private static readonly ApplicationName Greeter = new("shop", "greeter");

    [Fact]
    public async Task ReplicasLiveAndServeWhateverStandsInEveryKeyAndComesOverEveryChannel()
    {
        var seed = Environment.GetEnvironmentVariable("GATEWAY_TEST_SEED") is { } given ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next();
        output.WriteLine($"GATEWAY_TEST_SEED={seed}");
        await using var redis = await RedisUnderTest.StartAsync();
        await using var shell = await RedisShell.OpenAsync(redis);
        await using var registry = await TestRegistry.StartAsync(settings: ("Redis:Configuration", redis.Configuration));
        var garbage = new RedisGarbage(shell, new Random(seed));
        List<GatewayUnderTest> replicas = [registry.Gateway, await registry.ReplicaAsync("second")];
        foreach (var replica in replicas)
            await replica.Services.GetRequiredService<RedisConnection>().UntilAsync(isAvailable: true);
        registry.Pod("greeter-1", "10.0.0.1");
        registry.Pod("greeter-2", "10.0.0.2");
        await RegisterAsync(registry.Http, "greeter-1", "greeter");
        await RegisterAsync(registry.Http, "greeter-2", "greeter");
        var leased = (string)(await registry.Http.RegisterAsync(
            new { @namespace = "shop", pod = "greeter-1", service = "leased", port = 8081, container = "app", ttl = 600 }))["id"]!;
        await registry.SayAsync("greeter-1", "metadata/greeter/r1", DubboCluster.MetadataInfo("greeter", "r1", (DubboCluster.Greeting, "", "")));
        var saved = await Task.WhenAll(replicas.Select(static replica => replica.Services.GetRequiredService<SavedRegistryWriter>().SaveAsync())).Within();
        saved.ShouldContain(true);
        (await DrainAsync(registry, "greeter-2")).ShouldBe(HttpStatusCode.OK);

        var layout = registry.Gateway.State.Layout;
        var (keys, channels) = RedisGarbage.Names(layout, [.. replicas.Select(static replica => Roster(replica).Self)]);
        var standing = (string[])(await shell.RunAsync("KEYS", RedisKeys.Default.Prefix + "*"))!;
        standing.ShouldBeSubsetOf(keys);
        standing.Length.ShouldBeGreaterThan(8);

        // Longer than the second after which every loop looks again.
        using var clock = new PeriodicTimer(TimeSpan.FromMilliseconds(1100));
        for (var round = 0; round < Rounds; round++)
        {
            await garbage.FillAsync(layout, keys, channels);
            await RegisterAsync(replicas[round % replicas.Count].Http, "greeter-1", $"more-{round}");
            (await HeartbeatAsync(replicas[round % replicas.Count].Http, leased)).ShouldBe(HttpStatusCode.NoContent);
            (await DrainAsync(registry, "greeter-2")).ShouldBe(HttpStatusCode.OK);
            await clock.WaitForNextTickAsync();
            foreach (var replica in replicas)
                await ShouldServeAsync(replica, $"more-{round}");
        }

        // One that starts now, and without the API server at first: it finds nothing that it could restore.
        await garbage.FillAsync(layout, keys, channels);

        // The others would save a right one in its place.
        await shell.Database.KeyDeleteAsync(RedisKeys.Default.StateWriter);
        await shell.Database.StringSetAsync(RedisKeys.Default.StateWriter, "another writer", TimeSpan.FromMinutes(10));
        await garbage.BombAsync((string)RedisKeys.Default.State(layout.Fingerprint)!, "registry-gateway state 1 ");
        registry.Cluster.Faults.RefuseConnections(static request => request.UserAgent.Contains("third", StringComparison.Ordinal));
        var third = await registry.UnsyncedReplicaAsync("third");
        await third.CountedAsync("registry_gateway_redis_unreadable_total{store=\"state\"}");
        (await third.Http.GetAsync("/livez").Within()).StatusCode.ShouldBe(HttpStatusCode.OK);
        third.State.Current.HasSynced.ShouldBeFalse();
        registry.Cluster.Faults.AcceptConnections();
        (await third.State.WaitForSyncAsync(Patience.Limit)).ShouldNotBeNull();
        replicas.Add(third);
        foreach (var replica in replicas)
            await ShouldServeAsync(replica, "more-0");

        // Everything is cleared away, and all agree again.
        foreach (var key in keys)
            await shell.Database.KeyDeleteAsync(key);
        (await HeartbeatAsync(third.Http, leased)).ShouldBe(HttpStatusCode.NoContent);
        foreach (var replica in replicas)
        {
            await replica.Http.LookUpUntilAsync("shop", "leased", static all => all.Count == 1 && all[0].Status() == "UP");
            await UntilAsync(async () => (await Roster(replica).FindAllAsync())?.Length == 3);
            await UntilAsync(() => Task.FromResult(replica.Services.GetRequiredService<IApplicationStore>().Find(Greeter).Find("r1") is not null));
        }

        // Counts of restores that were believed are counted on by all.
        await UntilAsync(() => Task.FromResult(replicas.Select(Histories).Distinct().Count() == 1));
        var instance = (await third.Http.LookUpAsync("shop", "greeter")).First(static one => (string)one["pod"]!["name"]! == "greeter-2");
        using var drained = await third.Http.PatchAsJsonAsync(
            $"/v1/registrations/{instance["id"]}?namespace=shop&pod=greeter-2&drain=wait&timeout=20s", new { status = "OUT_OF_SERVICE" }).Within();
        var drain = JsonNode.Parse(await drained.Content.ReadAsStringAsync())!["drain"].ShouldNotBeNull();
        ((bool)drain["complete"]!, (int)drain["replicas"]!).ShouldBe((true, 3), drain.ToJsonString());
        foreach (var replica in replicas)
            await replica.Http.LookUpUntilAsync("shop", "greeter", static all => all.Count(static one => one.Status() == "UP") == 1);
    }

    private static ReplicaRoster Roster(GatewayUnderTest gateway) => gateway.Services.GetRequiredService<ReplicaRoster>();

    private static string Histories(GatewayUnderTest gateway) =>
        string.Join(' ', gateway.State.Current.Revision.Parts.Select(static part => part.History));

    private static Task<JsonNode> RegisterAsync(HttpClient http, string pod, string service) =>
        http.RegisterAsync(new { @namespace = "shop", pod, service, port = 20880, protocol = "dubbo", container = "app" });

    private static async Task<HttpStatusCode> HeartbeatAsync(HttpClient http, string id)
    {
        using var answer = await http.PutAsync($"/v1/registrations/{id}/heartbeat?namespace=shop&pod=greeter-1", null).Within();
        return answer.StatusCode;
    }

    /// <summary>Of a registration that is already out: what the answers of other replicas do is not waited for long.</summary>
    private static async Task<HttpStatusCode> DrainAsync(TestRegistry registry, string pod)
    {
        var registered = await registry.Http.RegisterAsync(new { @namespace = "shop", pod, service = "drained", port = 8082, container = "app" });
        using var answer = await registry.Http.PatchAsJsonAsync(
            $"/v1/registrations/{registered["id"]}?namespace=shop&pod={pod}&drain=wait&timeout=100ms", new { status = "OUT_OF_SERVICE" }).Within();
        return answer.StatusCode;
    }

    private static async Task ShouldServeAsync(GatewayUnderTest replica, string written)
    {
        replica.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested.ShouldBeFalse();
        (await replica.Http.LookUpAsync("shop", "greeter")).Count.ShouldBe(2);
        await replica.Http.LookUpUntilAsync("shop", written, static all => all.Count == 1);
        (await replica.Http.LookUpAsync("shop", "leased", "?status=any")).Count.ShouldBe(1);
        await replica.Http.GetJsonAsync("/readyz");
        await replica.Http.GetJsonAsync("/v1/services?namespace=shop");
    }

    private static async Task UntilAsync(Func<Task<bool>> met)
    {
        using var deadline = new CancellationTokenSource(Patience.Limit);
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!await met())
            await poll.WaitForNextTickAsync(deadline.Token);
    }
}
