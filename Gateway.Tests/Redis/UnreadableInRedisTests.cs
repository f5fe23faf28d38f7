using Gateway.Core.Diagnostics;
using Gateway.Core.Redis;
using Gateway.Tests.Registry;

namespace Gateway.Tests.Redis;

/// <summary>What is skipped is counted by store, and said once a minute.</summary>
public sealed class UnreadableInRedisTests
{
    [Fact]
    public void EverySkippedItemIsCountedAndOneLineAMinuteSaysSoForEachStore()
    {
        using var recorder = new MetricsRecorder();
        using var metrics = new GatewayMetrics(recorder);
        using var logger = new LogBookOf<RedisConnection>();
        var time = new ManualTimeProvider();
        var unreadable = new UnreadableInRedis(metrics, logger, time);

        for (var i = 0; i < 100; i++)
            unreadable.Skip(RedisStore.Posts);
        unreadable.Skip(RedisStore.Posts, 0);
        unreadable.Skip(RedisStore.State, 5);
        recorder["registry.redis.unreadable store=posts"].ShouldBe(100);
        recorder["registry.redis.unreadable store=state"].ShouldBe(5);
        logger.Ids.ShouldBe([2103, 2103]);

        time.Advance(TimeSpan.FromSeconds(59));
        unreadable.Skip(RedisStore.Posts);
        logger.Ids.Count.ShouldBe(2);
        time.Advance(TimeSpan.FromSeconds(1));
        unreadable.Skip(RedisStore.Posts);
        logger.Ids.Count.ShouldBe(3);
    }
}
