using Gateway.Core.Redis;
using Gateway.Tests.EndToEnd;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.Redis;

/// <summary>Several installations, and several clusters, that use one Redis.</summary>
public sealed class InstallationsTests
{
    private const string OneCluster = "6f1f7a54-0c2b-4a7e-9a53-000000000001";
    private const string OtherCluster = "6f1f7a54-0c2b-4a7e-9a53-000000000002";

    [Fact]
    public async Task InstallationsWithDifferentPrefixesShareNothing()
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var shell = await RedisShell.OpenAsync(redis);
        await using var one = await redis.ConnectAsync(prefix: "team-a/gateway");
        await using var other = await redis.ConnectAsync(prefix: "team-b/gateway");
        (one.Cluster, other.Cluster) = (OneCluster, OtherCluster);
        var (here, there) = (new ReplicaRoster(one, TimeProvider.System), new ReplicaRoster(other, TimeProvider.System));
        (await here.FindAllAsync().Within()).ShouldBe([here.Self]);
        (await there.FindAllAsync().Within()).ShouldBe([there.Self]);
        var keys = (string[])(await shell.RunAsync("KEYS", "*"))!;
        keys.ShouldAllBe(static key => key.StartsWith("team-a/gateway:") || key.StartsWith("team-b/gateway:"));
    }

    [Fact]
    public async Task WhereAnotherClusterKeepsItsStateRedisIsAsAwayAndTheLogSaysSo()
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var shell = await RedisShell.OpenAsync(redis);
        var one = await redis.ConnectAsync();
        one.Cluster = OneCluster;
        using var stored = new CancellationTokenSource(Patience.Limit);
        while (!await shell.Database.KeyExistsAsync(RedisKeys.Default.Cluster))
            stored.Token.ThrowIfCancellationRequested();

        using var log = new LogBookOf<RedisConnection>();
        await using var other = await redis.ConnectAsync(logger: log);
        other.Cluster = OtherCluster;
        await other.UntilAsync(isAvailable: false);
        await log.WaitForAsync(2105);
        (await other.TryAsync(static database => database.PingAsync())).HasValue.ShouldBeFalse();
        (await other.TrySubscribeAsync(other.Keys.Questions, static _ => { })).ShouldBeFalse();
        one.IsAvailable.ShouldBeTrue();

        // The other cluster's gateway has left this Redis.
        await one.DisposeAsync();
        await shell.Database.KeyDeleteAsync(RedisKeys.Default.Cluster);
        await other.UntilAsync(isAvailable: true);
    }

    [Fact]
    public async Task AReplicaOfTheSameClusterAndOneThatDoesNotKnowItsClusterUseTheSameState()
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var one = await redis.ConnectAsync();
        await using var two = await redis.ConnectAsync();
        await using var unknown = await redis.ConnectAsync();
        (one.Cluster, two.Cluster) = (OneCluster, OneCluster);
        var all = new[] { one, two, unknown }.Select(static connection => new ReplicaRoster(connection, TimeProvider.System)).ToArray();
        foreach (var roster in all)
            await roster.FindAllAsync().Within();
        (await all[0].FindAllAsync().Within()).ShouldNotBeNull().ShouldBe(all.Select(static roster => roster.Self), ignoreOrder: true);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("")]
    [InlineData("00000000000000000000000000000000000000000000000000")]
    public async Task AClusterThatNoGatewayCanHaveStoredIsReplaced(string value)
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var shell = await RedisShell.OpenAsync(redis);
        await shell.Database.StringSetAsync(RedisKeys.Default.Cluster, value);
        await using var connection = await redis.ConnectAsync();
        connection.Cluster = OneCluster;
        using var replaced = new CancellationTokenSource(Patience.Limit);
        while (await shell.Database.StringGetAsync(RedisKeys.Default.Cluster) == value)
            replaced.Token.ThrowIfCancellationRequested();
        connection.IsAvailable.ShouldBeTrue();
        (await shell.Database.KeyTimeToLiveAsync(RedisKeys.Default.Cluster)).ShouldNotBeNull();
    }

    [Fact]
    public async Task AGatewayNamesItsClusterByItsNamespaceOfTheSystemAndAnothersGatewayStaysAway()
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var shell = await RedisShell.OpenAsync(redis);
        await using var registry = await TestRegistry.StartAsync(settings: ("Redis:Configuration", redis.Configuration));
        var connection = registry.Gateway.Services.GetRequiredService<RedisConnection>();
        await connection.UntilAsync(isAvailable: true);
        using var stored = new CancellationTokenSource(Patience.Limit);
        while (!await shell.Database.KeyExistsAsync(RedisKeys.Default.Cluster))
            stored.Token.ThrowIfCancellationRequested();

        await using var other = await TestRegistry.StartAsync(settings: ("Redis:Configuration", redis.Configuration));
        await other.Gateway.Services.GetRequiredService<RedisConnection>().UntilAsync(isAvailable: false);
        using var answer = await other.Http.GetAsync("/v1/services").Within();
        answer.Headers.GetValues("X-Registry-Degraded").ShouldBe(["redis"]);
        connection.IsAvailable.ShouldBeTrue();
    }

    [Theory]
    [InlineData("team-a/gateway", true)]
    [InlineData("a", true)]
    [InlineData("", false)]
    [InlineData("a:b", false)]
    [InlineData("{a}", false)]
    [InlineData("a*", false)]
    [InlineData("a b", false)]
    public void APrefixHasNeitherHashTagsNorPatterns(string prefix, bool isAccepted) =>
        new RedisOptions { KeyPrefix = prefix }.Validate().Any().ShouldBe(!isAccepted);
}
