using System.Threading.Channels;
using StackExchange.Redis;

namespace Gateway.Tests.Redis;

/// <summary>Subscriptions to channels, against a real redis-server.</summary>
public sealed class SubscriptionTests
{
    [Fact]
    public async Task AMessageIsReceivedOnceAfterSubscriptionsThatHadNoAnswerInTime()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var connection = await redis.ConnectAsync(callTimeout: TimeSpan.FromMilliseconds(500));
        var messages = Channel.CreateUnbounded<string?>();
        void Receive(RedisValue message) => messages.Writer.TryWrite(message);

        await redis.SignalAsync("STOP");
        for (var attempt = 0; attempt < 2; attempt++)
            (await connection.TrySubscribeAsync("a channel", Receive)).ShouldBeFalse();
        await redis.SignalAsync("CONT");
        await connection.SubscribedAsync("a channel", Receive);

        await redis.RunAsync("PUBLISH", "a channel", "first");
        await redis.RunAsync("PUBLISH", "a channel", "second");
        (await messages.Reader.ReadAsync().AsTask().Within()).ShouldBe("first");
        (await messages.Reader.ReadAsync().AsTask().Within()).ShouldBe("second");
    }
}
