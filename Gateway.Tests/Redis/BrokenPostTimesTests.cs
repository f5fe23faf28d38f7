using Gateway.Core.Redis;
using Gateway.Core.Registry.Projection;
using StackExchange.Redis;

namespace Gateway.Tests.Redis;

/// <summary>POST times that no gateway wrote.</summary>
public sealed class BrokenPostTimesTests
{
    private static readonly string Good = new('a', 32);
    private static readonly string Bad = new('b', 32);

    // No clock of a gateway is far ahead of Redis'.
    private static readonly DateTimeOffset Posted = DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 60);

    [Theory]
    [InlineData("soon")]
    [InlineData("")]
    [InlineData("-62135596800001")]
    [InlineData("9e18")]
    [InlineData("9000000000000000000")]
    [InlineData("99999999999999999999999999")]
    [InlineData("1763640000000.5")]
    public async Task ATimeThatIsNoneIsSkippedAndTheNextPostTakesItsPlace(string time)
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var shell = await RedisShell.OpenAsync(redis);
        using var metrics = new MetricsRecorder();
        await using var connection = await redis.ConnectAsync(metrics);
        await using var other = await redis.ConnectAsync();
        await shell.RunAsync("HSET", (string)RedisKeys.Default.PostTimes!, Bad, time);
        await shell.RunAsync("ZADD", (string)RedisKeys.Default.PostsNoted!, RedisShell.Now, Bad);
        var log = new RedisPostLog(connection);
        log.Note(Good, Posted);
        await log.ExchangeAsync().Within();
        log.LastPost(Bad).ShouldBeNull();
        metrics["registry.redis.unreadable store=posts"].ShouldBe(1);

        var late = new RedisPostLog(other);
        late.Note(Bad, Posted);
        await late.ExchangeAsync().Within();
        late.LastPost(Good).ShouldBe(Posted);
        await log.ExchangeAsync().Within();
        log.LastPost(Bad).ShouldBe(Posted);
        metrics["registry.redis.unreadable store=posts"].ShouldBe(1);
    }

    [Fact]
    public async Task ATimeThatIsNoneDoesNotHideTheNextPostOfItsRegistration()
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var shell = await RedisShell.OpenAsync(redis);
        await using var connection = await redis.ConnectAsync();
        await shell.RunAsync("HSET", (string)RedisKeys.Default.PostTimes!, Good, "9000000000000000000");
        var log = new RedisPostLog(connection);
        log.Note(Good, Posted);
        await log.ExchangeAsync().Within();
        ((long)await shell.Database.HashGetAsync(RedisKeys.Default.PostTimes, Good)).ShouldBe(Posted.ToUnixTimeMilliseconds());
    }

    [Fact]
    public async Task NotesOfNoRegistrationOrOfNoTimeAreRemoved()
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var shell = await RedisShell.OpenAsync(redis);
        using var metrics = new MetricsRecorder();
        await using var connection = await redis.ConnectAsync(metrics);
        RedisValue[] ids = ["x", "", new byte[] { 0xff, 0xfe }, new string('A', 32), new string('c', 33), new byte[200_000]];
        foreach (var id in ids)
        {
            await shell.RunAsync("HSET", (string)RedisKeys.Default.PostTimes!, id, RedisShell.Now);
            await shell.RunAsync("ZADD", (string)RedisKeys.Default.PostsNoted!, RedisShell.Now, id);
        }

        await shell.RunAsync("HSET", (string)RedisKeys.Default.PostTimes!, Good, RedisShell.Now);
        await shell.RunAsync("ZADD", (string)RedisKeys.Default.PostsNoted!, "inf", Good);
        await new RedisPostLog(connection).ExchangeAsync().Within();
        metrics["registry.redis.unreadable store=posts"].ShouldBe(ids.Length + 1);
        (await shell.Database.SortedSetLengthAsync(RedisKeys.Default.PostsNoted)).ShouldBe(0);
        (await shell.Database.HashLengthAsync(RedisKeys.Default.PostTimes)).ShouldBe(0);
    }

    [Fact]
    public async Task KeysOfAnotherTypeAreRemovedAndNotesGoOn()
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var shell = await RedisShell.OpenAsync(redis);
        await using var connection = await redis.ConnectAsync();
        await using var other = await redis.ConnectAsync();
        await shell.RunAsync("SET", (string)RedisKeys.Default.PostTimes!, "x");
        await shell.RunAsync("RPUSH", (string)RedisKeys.Default.PostsNoted!, "x");
        var log = new RedisPostLog(connection);
        log.Note(Good, Posted);
        await log.ExchangeAsync().Within();
        var late = new RedisPostLog(other);
        await late.ExchangeAsync().Within();
        late.LastPost(Good).ShouldBe(Posted);
    }

    [Fact]
    public async Task APostOfAClockThatIsAheadCountsAsOfRedisTime()
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var connection = await redis.ConnectAsync();
        var (here, there) = (new RedisPostLog(connection), new RedisPostLog(connection));
        here.Note(Good, DateTimeOffset.UtcNow.AddMinutes(30));
        await here.ExchangeAsync().Within();
        await there.ExchangeAsync().Within();
        there.LastPost(Good).ShouldNotBeNull().ShouldBeLessThan(DateTimeOffset.UtcNow.AddMinutes(1));
    }

    [Fact]
    public async Task MoreNotesThanAPageAreAllTakenIn()
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var shell = await RedisShell.OpenAsync(redis);
        await using var connection = await redis.ConnectAsync();
        const string Fill = """
            for i = 1, 25000 do
              local id = string.format('%032x', i)
              redis.call('HSET', KEYS[1], id, ARGV[1])
              redis.call('ZADD', KEYS[2], string.format('%.0f', ARGV[1] - 25000 + i), id)
            end
            """;
        await shell.Database.ScriptEvaluateAsync(Fill, [RedisKeys.Default.PostTimes, RedisKeys.Default.PostsNoted], [RedisShell.Now]).Within();
        var log = new RedisPostLog(connection);
        await log.ExchangeAsync().Within();
        Enumerable.Range(1, 25_000).Count(number => log.LastPost($"{number:x32}") is not null).ShouldBe(25_000);
    }
}
