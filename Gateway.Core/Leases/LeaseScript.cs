using System.Collections.Immutable;
using System.Globalization;
using Gateway.Core.Redis;
using StackExchange.Redis;

namespace Gateway.Core.Leases;

/// <summary>
/// One batch of leases as one script call, decided by Redis' clock alone. A lease without an entry gets a full ttl; so does every lease whose
/// deadline passed while no replica served leases, because it could not have been renewed.
/// </summary>
internal static class LeaseScript
{
    /// <summary>After a gap this long no replica was serving leases. Replicas call every second.</summary>
    public static readonly TimeSpan Unserved = TimeSpan.FromSeconds(4);

    // How much later than a full ttl a deadline may be: another replica may know a longer ttl, or Redis' clock was set back.
    private static readonly TimeSpan Beyond = TimeSpan.FromDays(1);

    // KEYS: deadlines, served. ARGV: how long a key lives, how long a lapsed entry is kept, the unserved time, how far beyond a full ttl a deadline
    // may be, the longest ttl there can be, how many renewals, how many queries, for how long until now deadlines are void, then (id, ttl) for each of
    // both, then (id, deadline that was known) for each that was removed. Times in milliseconds. Returns Redis' time, then the deadlines.
    private static readonly RedisScript Script = new(RedisStore.Leases, """
        own(KEYS[1], 'zset')
        own(KEYS[2], 'string')
        local beyond = tonumber(ARGV[4])
        local function deadline_of(id, longest)
          local known = redis.call('ZSCORE', KEYS[1], id)
          if not known then return nil end
          local deadline = number(known, 0, now + longest + beyond)
          if not deadline then
            redis.call('ZREM', KEYS[1], id)
            dropped = dropped + 1
          end
          return deadline
        end
        local found = text(KEYS[2], 16)
        local served = number(found, 0, now + 60000)
        if not served then
          if found ~= false then dropped = dropped + 1 end
          redis.call('DEL', KEYS[1])
        elseif now - served > tonumber(ARGV[3]) then
          redis.call('ZREMRANGEBYSCORE', KEYS[1], '(' .. ms(served), '+inf')
        end
        redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ms(now - tonumber(ARGV[2])))
        dropped = dropped + redis.call('ZREMRANGEBYSCORE', KEYS[1], '(' .. ms(now + tonumber(ARGV[5])), '+inf')
        if tonumber(ARGV[8]) > 0 then
          redis.call('ZREMRANGEBYSCORE', KEYS[1], '(' .. ms(math.max(0, now - tonumber(ARGV[8]))), '+inf')
        end
        answer = { ms(now) }
        local at = 9
        for i = 1, tonumber(ARGV[6]) do
          local deadline = now + tonumber(ARGV[at + 1])
          redis.call('ZADD', KEYS[1], ms(deadline), ARGV[at])
          answer[#answer + 1] = ms(deadline)
          at = at + 2
        end
        for i = 1, tonumber(ARGV[7]) do
          local ttl = tonumber(ARGV[at + 1])
          local deadline = deadline_of(ARGV[at], ttl)
          if not deadline then
            deadline = now + ttl
            redis.call('ZADD', KEYS[1], ms(deadline), ARGV[at])
          end
          answer[#answer + 1] = ms(deadline)
          at = at + 2
        end
        while at < #ARGV do
          local deadline = deadline_of(ARGV[at], tonumber(ARGV[5]))
          if deadline and deadline <= tonumber(ARGV[at + 1]) then
            redis.call('ZREM', KEYS[1], ARGV[at])
          end
          at = at + 2
        end
        local life = tonumber(ARGV[1])
        local left = redis.call('PTTL', KEYS[2])
        if left < life or left > 1e14 then left = life end
        redis.call('SET', KEYS[2], ms(now), 'PX', ms(left))
        left = redis.call('PTTL', KEYS[1])
        if left < life or left > 1e14 then
          redis.call('PEXPIRE', KEYS[1], ARGV[1])
        end
        """);

    // A ttl is an int of seconds wherever one is read.
    private static readonly TimeSpan LongestTtl = TimeSpan.FromSeconds(int.MaxValue);

    /// <summary>Null: Redis did not answer and may or may not have run it; safe to retry.</summary>
    public static async Task<LeaseAnswer?> RunAsync(RedisConnection redis, LeaseBatch batch, TimeSpan keep)
    {
        var longest = batch.Renewals.Concat(batch.Questions).Select(static lease => lease.Ttl).DefaultIfEmpty().Max();
        var arguments = new List<RedisValue>
        {
            Milliseconds(longest + keep), Milliseconds(keep), Milliseconds(Unserved), Milliseconds(Beyond), Milliseconds(LongestTtl),
            batch.Renewals.Count, batch.Questions.Count, Milliseconds(batch.Void),
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

        var answer = await redis.TryScriptAsync(Script, [redis.Keys.LeaseDeadlines, redis.Keys.LeasesServed], [.. arguments]);
        if (!answer.TryGet(out var rows))
            return null;
        var read = Read(rows, [.. batch.Renewals, .. batch.Questions]);
        if (read is null)
            redis.Unreadable.Skip(RedisStore.Leases);
        return read;
    }

    private static LeaseAnswer? Read(RedisValue[] rows, (string Id, TimeSpan Ttl)[] leases)
    {
        if (rows.Length != 1 + leases.Length || !RedisInput.TryNumber(rows[0], 0, RedisInput.EndOfTime.ToUnixTimeMilliseconds(), out var now))
            return null;
        var deadlines = ImmutableArray.CreateBuilder<long>(leases.Length);
        for (var i = 0; i < leases.Length; i++)
        {
            if (!RedisInput.TryNumber(rows[i + 1], 0, now + Milliseconds(leases[i].Ttl + Beyond), out var deadline))
                return null;
            deadlines.Add(deadline);
        }

        return new LeaseAnswer(now, deadlines.MoveToImmutable());
    }

    private static long Milliseconds(TimeSpan span) => (long)span.TotalMilliseconds;
}

/// <summary>
/// What one call sends to Redis and reads from it: leases renewed, leases whose deadline is read, and leases that were removed (with the
/// deadline that was known here: one that was renewed elsewhere since is kept). <paramref name="Void"/>: deadlines later than that long ago are void,
/// since replicas that this one cannot read received heartbeats.
/// </summary>
internal sealed record LeaseBatch(
    IReadOnlyList<(string Id, TimeSpan Ttl)> Renewals, IReadOnlyList<(string Id, TimeSpan Ttl)> Questions, IReadOnlyList<(string Id, long Known)> Gone,
    TimeSpan Void = default)
{
    public bool IsEmpty => Renewals.Count == 0 && Questions.Count == 0 && Gone.Count == 0 && Void == TimeSpan.Zero;
}

/// <summary>Redis' time, and the deadline of each renewal and each query in their order; in milliseconds of Redis' clock.</summary>
internal sealed record LeaseAnswer(long Now, ImmutableArray<long> Deadlines);
