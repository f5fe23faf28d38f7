using Gateway.Core.Redis;
using Gateway.Tests.Emulator;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace Gateway.Tests.Redis;

/// <summary>What a whole gateway asks Redis while nothing happens, as redis-server has it in its log of commands.</summary>
public sealed class IdleReplicaTests
{
    private const int Seconds = 5;

    // What a script does inside is in that log too; it sends none of these.
    private static readonly string[] Calls = ["EVAL", "EVALSHA", "PING", "PUBLISH", "SUBSCRIBE"];

    [Fact]
    public async Task AnIdleReplicaAsksRedisForAllThatIsSharedOnceASecondAndForNothingElse()
    {
        await using var redis = await RedisUnderTest.StartAsync("--slowlog-log-slower-than", "0", "--slowlog-max-len", "100000");
        await using var shell = await RedisShell.OpenAsync(redis);
        await using var cluster = await SmallCluster.StartAsync();
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        var settings = new Dictionary<string, string?> { ["Redis:Configuration"] = redis.Configuration };
        await using var gateway = await GatewayUnderTest.StartAsync(cluster.Cluster.Url, settings, time: time);
        var exchange = gateway.Services.GetRequiredService<RedisExchange>();
        await gateway.Services.GetRequiredService<RedisConnection>().UntilAsync(isAvailable: true);
        using var deadline = new CancellationTokenSource(Patience.Limit);
        while (!await shell.Database.KeyExistsAsync(RedisKeys.Default.Cluster))
            deadline.Token.ThrowIfCancellationRequested();
        for (var second = 0; second < 3; second++)
            await NextSecondAsync();
        await shell.RunAsync("SLOWLOG", "RESET");
        for (var second = 0; second < Seconds; second++)
            await NextSecondAsync();

        // The registry is saved every ten seconds, over a connection of its own.
        var commands = ((RedisResult[])(await shell.RunAsync("SLOWLOG", "GET", "-1"))!)
            .Select(static entry => (string[])((RedisResult[])entry!)[3]!)
            .Where(static command => Calls.Contains(command[0]) && !command.Contains("SLOWLOG"))
            .Select(static command => command[0].StartsWith("EVAL", StringComparison.Ordinal) ? command[3] : string.Join(' ', command))
            .Where(asked => asked != RedisKeys.Default.StateWriter && asked != RedisKeys.Default.State(gateway.State.Layout.Fingerprint)
                && !asked.Contains("__Booksleeve", StringComparison.Ordinal))
            .CountBy(static asked => asked).ToDictionary();
        var keys = RedisKeys.Default;
        commands.ShouldBe(
            new RedisKey[] { keys.Cluster, keys.Replicas, keys.PostTimes, keys.Histories(gateway.State.Layout.Fingerprint), keys.ApplicationFacts, keys.LeaseDeadlines }
                .ToDictionary(static key => (string)key!, static _ => Seconds), ignoreOrder: true);

        async Task NextSecondAsync()
        {
            var rounds = exchange.Rounds;
            using var limit = new CancellationTokenSource(Patience.Limit);
            while (exchange.Rounds == rounds)
            {
                // In steps: the exchange may not wait for its next second yet.
                time.Advance(TimeSpan.FromMilliseconds(100));
                await Task.Delay(20, limit.Token);
            }
        }
    }
}
