using System.Net.Sockets;
using StackExchange.Redis;

namespace Gateway.Tests.Redis;

/// <summary>Calls that carry megabytes, against a real redis-server: nothing else waits for them or is judged by them.</summary>
public sealed class BulkCallTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ABulkCallThatFailsOrIsTooSlowDoesNotFreezeTheLeasesOfAll(bool isSlow)
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var connection = await redis.ConnectAsync();
        var changes = 0;
        connection.AvailabilityChanged += () => Interlocked.Increment(ref changes);
        Exception failure = isSlow ? new TimeoutException() : new SocketException();

        (await connection.TryBulkAsync(_ => Task.FromException<bool>(failure))).HasValue.ShouldBeFalse();

        (connection.IsAvailable, changes).ShouldBe((true, 0));
        (await connection.TryAsync(_ => Task.FromException<bool>(failure))).HasValue.ShouldBeFalse();
        changes.ShouldBeGreaterThan(0, "an ordinary call judges");
    }

    [Fact]
    public async Task ABulkCallHasAConnectionOfItsOwnWithTimeForMegabytes()
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var connection = await redis.ConnectAsync();
        async Task<IConnectionMultiplexer> OfBulkAsync()
        {
            (await connection.TryBulkAsync(static database => Task.FromResult(database.Multiplexer))).TryGet(out var client).ShouldBeTrue();
            return client;
        }

        var bulk = await OfBulkAsync();
        (await OfBulkAsync()).ShouldBeSameAs(bulk);
        (await connection.TryAsync(static database => Task.FromResult(database.Multiplexer))).TryGet(out var ordinary).ShouldBeTrue();
        bulk.ShouldNotBeSameAs(ordinary);
        var text = new string('x', 1 << 20);
        (await connection.TryBulkAsync(database => database.StringSetAsync("text", text))).HasValue.ShouldBeTrue();
        (await connection.TryAsync(static database => database.StringLengthAsync("text"))).TryGet(out var length).ShouldBeTrue();
        length.ShouldBe(text.Length);
    }
}
