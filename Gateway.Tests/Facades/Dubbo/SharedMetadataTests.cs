using System.Net;
using Gateway.Core.Dubbo.Metadata;
using Gateway.Core.Redis;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.Redis;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using static Gateway.Tests.Facades.Dubbo.DubboCluster;

namespace Gateway.Tests.Facades.Dubbo;

/// <summary>What applications said to one replica, on all that share a real redis-server.</summary>
public sealed class SharedMetadataTests
{
    private static readonly string Info = MetadataInfo("greeter", "r1", (Greeting, "g1", "1.0.0"));
    private static readonly ApplicationName Greeter = new("shop", "greeter");

    [Fact]
    public async Task WhatOneReplicaWasToldEveryReplicaKnows()
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var registry = await StartAsync(redis);
        await using var other = await registry.ReplicaAsync("other");
        await AvailableAsync(other);
        await registry.SayAsync("greeter-1", "metadata/greeter/r1", Info);
        await registry.SayAsync("greeter-1", $"mapping/{Greeting}", """["greeter"]""");

        // The first who asks does not wait for the next exchange.
        await other.Http.LookUpUntilAsync("shop", "greeter", static all => all.Count == 1);
        (await other.Http.GetJsonAsync(Path("metadata/greeter/r1"))).ToJsonString().ShouldBe(System.Text.Json.Nodes.JsonNode.Parse(Info)!.ToJsonString());
        await other.Http.UrlsUntilAsync(Greeting, static urls => urls.Count == 1);
        await UntilAsync(() => Store(other).Find(Greeter).Interfaces.Contains(Greeting));

        // And the other way round, with new content, which needs a new revision.
        (await other.Http.PutAsync("greeter-1", "metadata/greeter/r1", MetadataInfo("greeter", "r1", (Greeting, "g2", "1.0.0")))).StatusCode.ShouldBe(HttpStatusCode.Conflict);
        var changed = MetadataInfo("greeter", "r2", (Greeting, "g2", "1.0.0"));
        (await other.Http.PutAsync("greeter-1", "metadata/greeter/r2", changed)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await registry.Http.UrlsUntilAsync(Greeting, static urls => urls.Count == 1 && urls[0].Contains("group=g2", StringComparison.Ordinal))).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task ALaterReplicaKnowsWhatWasSaidBefore()
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var registry = await StartAsync(redis);
        for (var i = 0; i < 150; i++)
            await registry.SayAsync("greeter-1", $"mapping/com.example.Service{i}", """["greeter"]""");
        await registry.SayAsync("greeter-1", "metadata/greeter/r1", Info);
        await using var late = await registry.ReplicaAsync("late");
        await UntilAsync(() => Store(late).Find(Greeter) is { Interfaces.Count: 150, Revisions.Count: 1 });
    }

    [Fact]
    public async Task WhileRedisIsAwayMemoryGoesOnAndIsHandedOverOnItsReturn()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var registry = await StartAsync(redis);
        await using var other = await registry.ReplicaAsync("other");
        await AvailableAsync(other);
        await registry.SayAsync("greeter-1", "metadata/greeter/r1", Info);
        await redis.KillAsync();
        await registry.Gateway.Services.GetRequiredService<RedisConnection>().UntilAsync(isAvailable: false);
        await registry.SayAsync("greeter-1", "metadata/greeter/r2", MetadataInfo("greeter", "r2"));
        using (var answer = await registry.Http.GetAsync(Path("metadata/greeter/r2")).Within())
        {
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            answer.Headers.GetValues("X-Registry-Degraded").ShouldBe(["redis"]);
        }

        // It comes back with nothing in it: what is named is said to it again.
        await redis.StartAgainAsync();
        await UntilAsync(() => Store(other).Find(Greeter).Find("r2") is not null);
        await using var connection = await redis.ConnectAsync();
        await UntilAsync(async () => (await connection.TryAsync(static database => database.HashLengthAsync(RedisKeys.Default.ApplicationFacts))).TryGet(out var count) && count == 2);
    }

    [Fact]
    public async Task WhatNoReplicaSeesNamedExpires()
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var registry = await StartAsync(redis);
        await registry.SayAsync("greeter-1", "metadata/greeter/r1", Info);
        await using var connection = await redis.ConnectAsync();
        (await ExpiriesAsync(connection)).ShouldAllBe(static left => left != null && left.Value > TimeSpan.Zero && left.Value <= TimeSpan.FromMinutes(3));
        var first = await DeadlineAsync(connection);
        await UntilAsync(async () => await DeadlineAsync(connection) > first);

        (await registry.Http.DeleteAsync("/v1/registrations?namespace=shop&pod=greeter-1").Within()).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await registry.Http.GetJsonAsync(Path("metadata/greeter/r1"), HttpStatusCode.NotFound);

        // As if its time were over; the next exchange clears it away. An exchange that began before the DELETE names it once more, hence again.
        await UntilAsync(async () =>
        {
            var left = await connection.TryAsync(static async database =>
            {
                foreach (var fact in await database.SortedSetRangeByRankAsync(RedisKeys.Default.ApplicationDeadlines))
                    await database.SortedSetAddAsync(RedisKeys.Default.ApplicationDeadlines, fact, 1, When.Exists);
                return await database.HashLengthAsync(RedisKeys.Default.ApplicationFacts);
            });
            return left.TryGet(out var count) && count == 0;
        });
    }

    private static async Task<TestRegistry> StartAsync(RedisUnderTest redis)
    {
        var registry = await TestRegistry.StartAsync(settings: ("Redis:Configuration", redis.Configuration));
        await AvailableAsync(registry.Gateway);
        registry.Pod("greeter-1", "10.0.0.1");
        await registry.Http.RegisterAsync(new { @namespace = "shop", pod = "greeter-1", service = "greeter", port = 20880, protocol = "dubbo" });
        return registry;
    }

    private static Task AvailableAsync(GatewayUnderTest gateway) => gateway.Services.GetRequiredService<RedisConnection>().UntilAsync(isAvailable: true);

    private static IApplicationStore Store(GatewayUnderTest gateway) => gateway.Services.GetRequiredService<IApplicationStore>();

    private static async Task<double> DeadlineAsync(RedisConnection connection) =>
        (await connection.TryAsync(static async database => (await database.SortedSetRangeByRankWithScoresAsync(RedisKeys.Default.ApplicationDeadlines))[0].Score)).TryGet(out var score) ? score : 0;

    private static async Task<TimeSpan?[]> ExpiriesAsync(RedisConnection connection)
    {
        var answer = await connection.TryAsync(static database => Task.WhenAll(
            new[] { RedisKeys.Default.ApplicationFacts, RedisKeys.Default.ApplicationDeadlines, RedisKeys.Default.ApplicationTurns, RedisKeys.Default.ApplicationTurn }.Select(key => database.KeyTimeToLiveAsync(key))));
        return answer.TryGet(out var all) ? all : [];
    }

    private static Task UntilAsync(Func<bool> met) => UntilAsync(() => Task.FromResult(met()));

    private static async Task UntilAsync(Func<Task<bool>> met)
    {
        using var deadline = new CancellationTokenSource(Patience.Limit);
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!await met())
            await poll.WaitForNextTickAsync(deadline.Token);
    }
}
