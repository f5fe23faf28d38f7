using Gateway.Tests.Registry;

namespace Gateway.Tests.Redis;

/// <summary>A Redis that is far away. The client's own limits are seconds: a process that other tests keep busy adds to the way, so nothing runs beside.</summary>
[Collection(nameof(RunsAlone))]
public sealed class SlowRedisTests
{
    [Fact]
    public async Task HalfASecondToRedisAndBackIsNotAway()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var link = new SlowLink(redis.Port);

        // No call needs more than one round trip; the rest is for a machine that is busy with other things.
        await using var callers = await RedisCallers.StartAsync($"127.0.0.1:{link.Port}", ("Redis:CallTimeout", "00:00:10"));
        link.OneWay = TimeSpan.FromMilliseconds(250);
        var changes = 0;
        foreach (var connection in callers.Connections)
            connection.AvailabilityChanged += () => Interlocked.Increment(ref changes);
        await callers.RoundsAsync(3);
        (await callers.AskAsync()).ShouldBe(RedisCallers.Well);
        await callers.LapsesAsync(callers.ExpectSilent());
        changes.ShouldBe(0);
        link.OneWay = TimeSpan.Zero;
        await callers.ShareAsync();
        await callers.LostNothing();
    }
}
