using Gateway.Core.Leases;
using Gateway.Core.Redis;
using StackExchange.Redis;

namespace Gateway.Tests.Redis;

/// <summary>Leases in Redis that no gateway wrote: unknown is alive, and a full ttl begins.</summary>
public sealed class BrokenLeasesTests
{
    private static readonly TimeSpan Ttl = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Keep = TimeSpan.FromHours(1);

    [Theory]
    [InlineData("inf")]
    [InlineData("-inf")]
    [InlineData("9e18")]
    [InlineData("-9e18")]
    [InlineData("1.5")]
    [InlineData("1e15")]
    public async Task ADeadlineThatNoTtlExplainsIsReplacedByAFullTtl(string deadline)
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var shell = await RedisShell.OpenAsync(redis);
        await using var connection = await redis.ConnectAsync();
        await shell.RunAsync("SET", (string)RedisKeys.Default.LeasesServed!, RedisShell.Now);
        await shell.RunAsync("ZADD", (string)RedisKeys.Default.LeaseDeadlines!, deadline, "a");
        await FullTtlAsync(connection);
        await shell.RunAsync("ZADD", (string)RedisKeys.Default.LeaseDeadlines!, deadline, "a");
        await LeaseScript.RunAsync(connection, new LeaseBatch([], [], [("a", RedisShell.Now)]), Keep).Within();
        (await shell.Database.SortedSetLengthAsync(RedisKeys.Default.LeaseDeadlines)).ShouldBe(0);
    }

    [Theory]
    [InlineData("soon")]
    [InlineData("")]
    [InlineData("9e18")]
    [InlineData("9000000000000000000")]
    [InlineData("nan")]
    [InlineData("-inf")]
    public async Task WhereNothingTellsWhenLeasesWereServedLastEachBeginsAFullTtl(string served)
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var shell = await RedisShell.OpenAsync(redis);
        using var metrics = new MetricsRecorder();
        await using var connection = await redis.ConnectAsync(metrics);
        await shell.RunAsync("SET", (string)RedisKeys.Default.LeasesServed!, served);
        await shell.RunAsync("ZADD", (string)RedisKeys.Default.LeaseDeadlines!, RedisShell.Now - 1, "a");
        await FullTtlAsync(connection);
        metrics["registry.redis.unreadable store=leases"].ShouldBe(1);
    }

    [Fact]
    public async Task KeysOfAnotherTypeOrWithALifeBeyondEveryReckoningAreOursAgain()
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var shell = await RedisShell.OpenAsync(redis);
        await using var connection = await redis.ConnectAsync();
        await shell.RunAsync("SADD", (string)RedisKeys.Default.LeasesServed!, "x");
        await shell.RunAsync("SET", (string)RedisKeys.Default.LeaseDeadlines!, new byte[100_000]);
        await FullTtlAsync(connection);
        await shell.RunAsync("PEXPIRE", (string)RedisKeys.Default.LeasesServed!, "9000000000000000");
        await shell.RunAsync("PEXPIRE", (string)RedisKeys.Default.LeaseDeadlines!, "9000000000000000");
        await FullTtlAsync(connection);
        foreach (var key in new[] { RedisKeys.Default.LeasesServed, RedisKeys.Default.LeaseDeadlines })
            (await shell.Database.KeyTimeToLiveAsync(key)).ShouldNotBeNull().ShouldBeLessThan(TimeSpan.FromHours(2));
    }

    private static async Task FullTtlAsync(RedisConnection connection)
    {
        var answer = await LeaseScript.RunAsync(connection, new LeaseBatch([], [("a", Ttl)], []), Keep).Within();
        (answer.ShouldNotBeNull().Deadlines.ShouldHaveSingleItem() - answer!.Now).ShouldBeInRange((long)Ttl.TotalMilliseconds - 5000, (long)Ttl.TotalMilliseconds);
    }
}
