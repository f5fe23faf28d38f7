using System.Collections.Immutable;
using System.Security.Cryptography;
using StackExchange.Redis;

namespace Gateway.Core.Redis;

/// <summary>Which replicas there are: each says every second that it lives. Its loop writes; whoever must reach all of them reads.</summary>
public sealed class ReplicaRoster(RedisConnection redis, TimeProvider time)
{
    // KEYS: replicas. ARGV: this replica, for how long one is counted that is not heard of, how long the key lives. Times in milliseconds.
    private const string Text = """
        local t = redis.call('TIME')
        local now = t[1] * 1000 + math.floor(t[2] / 1000)
        redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[1])
        redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - tonumber(ARGV[2])))
        redis.call('PEXPIRE', KEYS[1], ARGV[3])
        return redis.call('ZRANGE', KEYS[1], 0, -1)
        """;

    private static readonly TimeSpan SayEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CountedFor = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan KeyLife = TimeSpan.FromHours(1);
    private static readonly RedisKey[] Keys = [RedisKeys.Replicas];

    /// <summary>This process' name among replicas.</summary>
    public string Self { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    /// <summary>All that were heard of lately, this one among them; null: Redis is away, others may exist unseen.</summary>
    public async Task<ImmutableArray<string>?> FindAllAsync()
    {
        var answer = await redis.TryScriptAsync(
            Text, Keys, [Self, (long)CountedFor.TotalMilliseconds, (long)KeyLife.TotalMilliseconds]).ConfigureAwait(false);
        return answer.TryGet(out var names) ? [.. ((RedisValue[])names!).Select(static name => (string)name!)] : null;
    }

    /// <summary>Says that this replica lives until cancelled, then that it is gone.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var clock = new PeriodicTimer(SayEvery, time);
            do
            {
                if (redis.IsAvailable)
                    await FindAllAsync().ConfigureAwait(false);
            }
            while (await clock.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await redis.TryAsync(database => database.SortedSetRemoveAsync(RedisKeys.Replicas, Self)).ConfigureAwait(false);
        }
    }
}
