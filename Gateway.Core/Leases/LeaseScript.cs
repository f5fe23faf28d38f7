using System.Globalization;
using Gateway.Core.Redis;
using StackExchange.Redis;

namespace Gateway.Core.Leases;

/// <summary>
/// One batch of leases as one script call, judged by Redis' clock alone. A lease without an entry gets a full ttl; so does every lease whose
/// deadline passed while no replica looked after leases, because nobody could have renewed it.
/// </summary>
internal static class LeaseScript
{
    /// <summary>Nobody looked after leases for this long: a time in which no replica served. Replicas look every second.</summary>
    public static readonly TimeSpan Unserved = TimeSpan.FromSeconds(4);

    // KEYS: deadlines, served. ARGV: how long a key lives, how long a lapsed entry is kept, the unserved time, how many renewals, how many
    // questions, then (id, ttl) for each of both, then (id, deadline that was known) for each that is gone. Times in milliseconds.
    private const string Text = """
        local t = redis.call('TIME')
        local now = t[1] * 1000 + math.floor(t[2] / 1000)
        local served = tonumber(redis.call('GET', KEYS[2]))
        if not served then
          redis.call('DEL', KEYS[1])
        elseif now - served > tonumber(ARGV[3]) then
          redis.call('ZREMRANGEBYSCORE', KEYS[1], '(' .. string.format('%.0f', served), '+inf')
        end
        redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - tonumber(ARGV[2])))
        local answer = { now }
        local at = 6
        for i = 1, tonumber(ARGV[4]) do
          local deadline = now + tonumber(ARGV[at + 1])
          redis.call('ZADD', KEYS[1], string.format('%.0f', deadline), ARGV[at])
          answer[#answer + 1] = deadline
          at = at + 2
        end
        for i = 1, tonumber(ARGV[5]) do
          local deadline = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[at]))
          if not deadline then
            deadline = now + tonumber(ARGV[at + 1])
            redis.call('ZADD', KEYS[1], string.format('%.0f', deadline), ARGV[at])
          end
          answer[#answer + 1] = deadline
          at = at + 2
        end
        while at < #ARGV do
          local deadline = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[at]))
          if deadline and deadline <= tonumber(ARGV[at + 1]) then
            redis.call('ZREM', KEYS[1], ARGV[at])
          end
          at = at + 2
        end
        local life = tonumber(ARGV[1])
        redis.call('SET', KEYS[2], string.format('%.0f', now), 'PX', math.max(life, redis.call('PTTL', KEYS[2])))
        if redis.call('PTTL', KEYS[1]) < life then
          redis.call('PEXPIRE', KEYS[1], ARGV[1])
        end
        return answer
        """;

    private static readonly RedisKey[] Keys = [RedisKeys.LeaseDeadlines, RedisKeys.LeasesServed];

    /// <summary>Null: Redis is away, nothing is known to have been done; it is safe to repeat.</summary>
    public static async Task<LeaseAnswer?> RunAsync(RedisConnection redis, LeaseBatch batch, TimeSpan keep)
    {
        var longest = batch.Renewals.Concat(batch.Questions).Select(static lease => lease.Ttl).DefaultIfEmpty().Max();
        var arguments = new List<RedisValue>
        {
            Milliseconds(longest + keep), Milliseconds(keep), Milliseconds(Unserved), batch.Renewals.Count, batch.Questions.Count,
        };
        foreach (var (id, ttl) in batch.Renewals.Concat(batch.Questions))
        {
            arguments.Add(id);
            arguments.Add(Milliseconds(ttl));
        }

        foreach (var (id, known) in batch.Gone)
        {
            arguments.Add(id);
            arguments.Add(known.ToString(CultureInfo.InvariantCulture));
        }

        var answer = await redis.TryScriptAsync(Text, Keys, [.. arguments]).ConfigureAwait(false);
        if (!answer.TryGet(out var result))
            return null;
        var numbers = (RedisValue[])result!;
        return new LeaseAnswer((long)numbers[0], [.. numbers.AsSpan(1).ToArray().Select(static deadline => (long)deadline)]);
    }

    private static long Milliseconds(TimeSpan span) => (long)span.TotalMilliseconds;
}
