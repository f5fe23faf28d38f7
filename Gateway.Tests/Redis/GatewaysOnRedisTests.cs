using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Gateway.Core.Redis;
using Gateway.Core.Registry.Projecting;
using Gateway.Core.Registry.Projection;
using Gateway.Core.Registry.Revisions;
using Gateway.Core.Registry.Saved;
using Gateway.Tests.EndToEnd;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
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
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var registry = await TestRegistry.StartAsync(settings: ("Redis:Configuration", redis.Configuration));
        registry.Pod("greeter-1", "10.0.0.1");
        var id = (string)(await registry.RegisterAsync("greeter-1", "greeting"))["id"]!;
        await registry.Gateway.Services.GetRequiredService<RedisConnection>().UntilAsync(isAvailable: true);
        (await registry.Gateway.Services.GetRequiredService<SavedRegistryWriter>().SaveAsync()).ShouldBeTrue();

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
    public async Task AStateThatIsNotSignedByTheSecretIsNotServedAndTheLogAndTheMetricSaySo()
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var connection = await redis.ConnectAsync();
        var store = new SavedRegistryStore(connection, RevisionLayout.WholeCluster, new(), TimeProvider.System);
        (await store.SaveAsync(new SavedRegistry(DateTimeOffset.UtcNow, "", [], [], [], [], []))).ShouldBe(SaveOutcome.Saved);

        using var logs = new LogBook();
        KeyValuePair<string, string?>[] settings = [.. On(redis), KeyValuePair.Create("Redis:SharedSecret", (string?)"0123456789abcdef")];
        await using var late = await GatewayUnderTest.StartAsync(Nowhere, settings, logs, synced: false);
        await logs.WaitForAsync(1535);
        late.State.Current.HasSynced.ShouldBeFalse();
        (await late.Http.GetStringAsync("/metrics").Within()).ShouldContain("registry_gateway_redis_states_total{way=\"refused\"} 1");
        await late.Http.GetJsonAsync("/readyz", HttpStatusCode.ServiceUnavailable);
    }

    [Fact]
    public async Task AStateThatIsTooOldIsNotServed()
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var connection = await redis.ConnectAsync();
        var store = new SavedRegistryStore(connection, RevisionLayout.WholeCluster, new(), TimeProvider.System);
        (await store.SaveAsync(new SavedRegistry(DateTimeOffset.UtcNow.AddHours(-2), "", [], [], [], [], []))).ShouldBe(SaveOutcome.Saved);

        using var logs = new LogBook();
        await using var late = await GatewayUnderTest.StartAsync(Nowhere, On(redis), logs, synced: false);
        await logs.WaitForAsync(1506);
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
        var metrics = await registry.Http.GetStringAsync("/metrics").Within();
        metrics.ShouldContain("registry_gateway_redis_available{} 0");
        metrics.ShouldNotContain("registry_gateway_replicas{}", Case.Sensitive, "how many there are is not known");

        await redis.StartAgainAsync();
        await connection.UntilAsync(isAvailable: true);
        using var again = await registry.Http.GetAsync("/readyz").Within();
        again.Headers.Contains("X-Registry-Degraded").ShouldBeFalse();
    }

    [Fact]
    public async Task DrainWaitCountsTheStreamsOfEveryReplica()
    {
        await using var redis = await RedisUnderTest.ShareAsync();
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
        (await registry.Http.GetStringAsync("/metrics").Within()).ShouldContain("registry_gateway_replicas{} 2");

        using var answer = await registry.Http.PatchAsJsonAsync(
            $"/v1/registrations/{id}?namespace=shop&pod=greeter-1&drain=wait&timeout=20s", new { status = "OUT_OF_SERVICE" }).Within();
        var drain = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["drain"].ShouldNotBeNull();
        ((bool)drain["complete"]!).ShouldBeTrue(drain.ToJsonString());
        ((int)drain["replicas"]!).ShouldBe(2);
        ((int)drain["subscribers"]!).ShouldBe(2);
        ((int)drain["pending"]!).ShouldBe(0);
    }

    [Fact]
    public async Task DrainWaitOfAPodThatIsTerminatingAlreadyEndsWhenTheSubscribersOfEveryReplicaWereTold()
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var registry = await TestRegistry.StartAsync(settings: ("Redis:Configuration", redis.Configuration));
        var other = await registry.ReplicaAsync("other");
        registry.Pod("greeter-1", "10.0.0.1");
        var id = (string)(await registry.RegisterAsync("greeter-1", "greeting"))["id"]!;
        await other.Http.LookUpUntilAsync("shop", "greeting", static all => all.Count == 1);
        await using var there = await StreamReader.OpenAsync(other.Http, "/v1/namespaces/shop/services/greeting/watch");
        await there.NextAsync("snapshot");
        await UntilKnownAsync(registry.Gateway, replicas: 2);

        // As the kubelet does before it runs a preStop hook.
        registry.Small.Terminate("greeter-1");
        using var answer = await registry.Http.PatchAsJsonAsync(
            $"/v1/registrations/{id}?namespace=shop&pod=greeter-1&drain=wait&timeout=20s", new { status = "OUT_OF_SERVICE" }).Within();
        var drain = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["drain"].ShouldNotBeNull();
        ((bool)drain["complete"]!, (int)drain["replicas"]!, (int)drain["subscribers"]!).ShouldBe((true, 2, 1));
        await there.NextAsync("removed");
    }

    [Fact]
    public async Task ARedisThatIsKilledAndStartedAgainCostsNoRegistrationAndNoLiveLease()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var registry = await TestRegistry.StartAsync(settings: ("Redis:Configuration", redis.Configuration));
        HttpClient[] replicas = [registry.Http, (await registry.ReplicaAsync("second")).Http];
        var ids = new List<(string Pod, string Id)>();
        for (var pod = 0; pod < 40; pod++)
        {
            registry.Pod($"greeter-{pod}", $"10.0.0.{pod + 1}");
            ids.Add(($"greeter-{pod}", (string)(await RegisterWithTtlAsync(registry, ttl: 8, pod: $"greeter-{pod}"))["id"]!));
        }

        await replicas[1].LookUpUntilAsync("shop", "greeting", static all => all.Count == 40);
        await using var here = await StreamReader.OpenAsync(replicas[0], "/v1/namespaces/shop/services/greeting/watch");
        await using var there = await StreamReader.OpenAsync(replicas[1], "/v1/namespaces/shop/services/greeting/watch");
        (await here.NextAsync("snapshot")).Data["instances"]!.AsArray().Count.ShouldBe(40);
        (await there.NextAsync("snapshot")).Data["instances"]!.AsArray().Count.ShouldBe(40);

        // Away for longer than every ttl, and back for longer than that: each lease is renewed a second, at either replica.
        await HeartbeatAsync(replicas, ids, rounds: 2);
        await redis.KillAsync();
        await HeartbeatAsync(replicas, ids, rounds: 10);
        await redis.StartAgainAsync();
        await HeartbeatAsync(replicas, ids, rounds: 12);

        // A fence at either replica: nothing was told before it.
        using var left = await registry.Http.DeleteAsync($"/v1/registrations/{ids[0].Id}?namespace=shop&pod=greeter-0").Within();
        (await here.NextAsync("removed")).InstanceId.ShouldBe(ids[0].Id);
        (await there.NextAsync("removed")).InstanceId.ShouldBe(ids[0].Id);
        (await replicas[1].LookUpAsync("shop", "greeting")).Count.ShouldBe(39);
    }

    [Fact]
    public async Task WhatWasRestoredGivesWayToTheClusterAsItIs()
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var registry = await TestRegistry.StartAsync(settings: ("Redis:Configuration", redis.Configuration));
        registry.Pod("greeter-1", "10.0.0.1");
        registry.Pod("greeter-2", "10.0.0.2");
        await registry.RegisterAsync("greeter-1", "greeting");
        await registry.RegisterAsync("greeter-2", "greeting");
        await registry.Gateway.Services.GetRequiredService<RedisConnection>().UntilAsync(isAvailable: true);
        (await registry.Gateway.Services.GetRequiredService<SavedRegistryWriter>().SaveAsync()).ShouldBeTrue();

        // From now on somebody else has to save, and does not: what stands in Redis stays as it is.
        using (var direct = await ConnectionMultiplexer.ConnectAsync(redis.Configuration))
            await direct.GetDatabase().StringSetAsync(RedisKeys.Default.StateWriter, "another writer", TimeSpan.FromMinutes(10));
        registry.Small.Remove(Gateway.Emulator.Storage.ResourceKinds.Pods, "greeter-2");
        registry.Pod("greeter-3", "10.0.0.3");
        await registry.RegisterAsync("greeter-3", "greeting");

        registry.Cluster.Faults.RefuseConnections(static request => request.UserAgent.Contains("late", StringComparison.Ordinal));
        var late = await registry.ReplicaAsync("late");
        (await late.Http.LookUpAsync("shop", "greeting")).Select(static one => (string)one["pod"]!["name"]!).Order().ShouldBe(["greeter-1", "greeter-2"]);
        await using var stream = await StreamReader.OpenAsync(late.Http, "/v1/namespaces/shop/services/greeting/watch");
        ((bool)(await stream.NextAsync("snapshot")).Data["stale"]!).ShouldBeTrue();

        registry.Cluster.Faults.AcceptConnections();
        var told = new[] { await stream.NextAsync(), await stream.NextAsync(), await stream.NextAsync() };
        told.Select(static one => one.Name).Order().ShouldBe(["added", "fresh", "removed"]);
        (await late.Http.LookUpAsync("shop", "greeting")).Select(static one => (string)one["pod"]!["name"]!).Order().ShouldBe(["greeter-1", "greeter-3"]);
    }

    [Fact]
    public async Task APostThatOneReplicaAnsweredIsKnownToTheOthers()
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var here = await redis.ConnectAsync();
        await using var there = await redis.ConnectAsync();
        RedisPostLog[] logs = [new(here), new(there)];
        using var ending = new CancellationTokenSource();
        var noted = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        logs[1].Noted += posted => noted.TrySetResult(posted);
        Task[] running =
        [
            new RedisExchange(here, TimeProvider.System, logs[0]).RunAsync(ending.Token), new RedisExchange(there, TimeProvider.System, logs[1]).RunAsync(ending.Token),
        ];
        var at = DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 60);
        var id = new string('a', 32);
        logs[0].Note(id, at);
        (await noted.Task.Within()).ShouldBe(id);
        logs[1].LastPost(id).ShouldBe(at);

        // An older one changes nothing.
        logs[1].Note(id, at.AddMinutes(-1));
        logs[0].Note(new string('b', 32), at);
        logs[0].LastPost(id).ShouldBe(at);
        await ending.CancelAsync();
        await Task.WhenAll(running).Within();
    }

    [Fact]
    public async Task ARegistrationThatStaysLapsedIsRemovedFromItsPod()
    {
        await using var redis = await RedisUnderTest.ShareAsync();
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

    /// <summary>Each lease once a second, through one replica after the other.</summary>
    private static async Task HeartbeatAsync(HttpClient[] replicas, List<(string Pod, string Id)> ids, int rounds)
    {
        using var beat = new PeriodicTimer(TimeSpan.FromSeconds(1));
        for (var round = 0; round < rounds; round++)
        {
            var answers = await Task.WhenAll(ids.Select((one, number) =>
                replicas[(number + round) % replicas.Length].PutAsync($"/v1/registrations/{one.Id}/heartbeat?namespace=shop&pod={one.Pod}", null))).Within();
            answers.ShouldAllBe(static answer => answer.StatusCode == HttpStatusCode.NoContent);
            await beat.WaitForNextTickAsync();
        }
    }

    private static Task<JsonNode> RegisterWithTtlAsync(TestRegistry registry, int ttl, string pod = "greeter-1") =>
        registry.Http.RegisterAsync(new { @namespace = "shop", pod, service = "greeting", port = 8080, container = "app", ttl });

    private static async Task UntilKnownAsync(GatewayUnderTest gateway, int replicas)
    {
        var roster = gateway.Services.GetRequiredService<ReplicaRoster>();
        using var deadline = new CancellationTokenSource(Patience.Limit);
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while ((await roster.FindAllAsync())?.Length != replicas)
            await poll.WaitForNextTickAsync(deadline.Token);
    }
}
