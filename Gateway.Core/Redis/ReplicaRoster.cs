using System.Collections.Immutable;
using System.Security.Cryptography;
using StackExchange.Redis;

namespace Gateway.Core.Redis;

/// <summary>The live replicas: each reports itself every second. Its loop writes; callers that must reach all replicas read.</summary>
public sealed class ReplicaRoster(RedisConnection redis, TimeProvider time)
{
    /// <summary>More replicas than any deployment has.</summary>
    public const int MaxReplicas = 1000;

    private const int NameLength = 16;

    // KEYS: replicas. ARGV: this replica, for how long one counts after its last report, how long the key lives, how many are returned. Times
    // in milliseconds. A time that is further ahead than a replica counts for is invalid.
    private static readonly RedisScript Script = new(RedisStore.Replicas, """
        own(KEYS[1], 'zset')
        local counted = tonumber(ARGV[2])
        redis.call('ZADD', KEYS[1], ms(now), ARGV[1])
        redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ms(now - counted))
        dropped = dropped + redis.call('ZREMRANGEBYSCORE', KEYS[1], '(' .. ms(now + counted), '+inf')
        redis.call('PEXPIRE', KEYS[1], ARGV[3])
        for _, name in ipairs(redis.call('ZREVRANGE', KEYS[1], 0, tonumber(ARGV[4]) - 1)) do
          if is_hex(name, 16) then
            answer[#answer + 1] = name
          else
            redis.call('ZREM', KEYS[1], name)
            dropped = dropped + 1
          end
        end
        """);

    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CountedFor = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan KeyLife = TimeSpan.FromHours(1);
    private readonly RedisKey[] _keys = [redis.Keys.Replicas];

    /// <summary>This process' name among replicas.</summary>
    public string Self { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(NameLength / 2));

    /// <summary>All that reported lately, including this one; null: Redis is unavailable, and there may be others.</summary>
    public async Task<ImmutableArray<string>?> FindAllAsync()
    {
        var answer = await redis.TryScriptAsync(
            Script, _keys, [Self, (long)CountedFor.TotalMilliseconds, (long)KeyLife.TotalMilliseconds, MaxReplicas]);
        if (!answer.TryGet(out var rows))
            return null;
        HashSet<string> names = [Self];
        foreach (var row in rows)
        {
            if (RedisInput.TryHex(row, NameLength, out var name))
                names.Add(name);
            else
                redis.Unreadable.Skip(RedisStore.Replicas);
        }

        return [.. names];
    }

    /// <summary>Whether a replica can have that name.</summary>
    internal static bool IsName(string text) => RedisInput.IsHex(text, NameLength);

    /// <summary>Reports this replica until cancelled, then removes it.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var clock = new PeriodicTimer(LogInterval, time);
            do
            {
                if (redis.IsAvailable)
                    await FindAllAsync();
            }
            while (await clock.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await redis.TryAsync(database => database.SortedSetRemoveAsync(redis.Keys.Replicas, Self));
        }
    }
}
