using Gateway.Core.Redis;
using StackExchange.Redis;

namespace Gateway.Core.Registry.Projection;

/// <summary>
/// The POSTs that any replica answered: those of this process at once, those of others within a second through Redis. Any thread adds notes; the
/// exchange sends them and receives those of others; the projector reads and removes. While Redis is unavailable, each replica knows its own.
/// </summary>
public sealed class RedisPostLog(RedisConnection redis) : IPostLog, IExchanged
{
    private const int BatchSize = 1000;

    // All that replicas can note within a millisecond is answered at once: the next page begins after the last one's time.
    private const int PageSize = 10_000;

    // More than 150,000 pods have; each costs some 170 bytes.
    private const int MaxNotes = 1_000_000;

    // Half an hour of 50 POSTs a second; a restart that the rest would explain waits for its annotation.
    private const int MaxWaiting = 100_000;

    // Other parts wait for the end of an exchange; the next one goes on.
    private const int MaxCalls = 20;

    private const int IdLength = 32;

    // Redis' clock may be set back a little. Read once a second, not by each call that a note wakes.
    private const long Overlap = 3000;
    private const long OverlapEvery = 1000;

    // KEYS: times, noted. ARGV: how long a note is kept, from when on notes are wanted, how many are answered at once, how far ahead of Redis'
    // clock a time may be, then (id, time of the POST). Times in milliseconds; one that is ahead of Redis' clock counts as now: a clock that is ahead
    // must not hide a restart. Answers Redis' time, up to when notes follow, then (id, time).
    private static readonly RedisScript Script = new(RedisStore.Posts, """
        own(KEYS[1], 'hash')
        own(KEYS[2], 'zset')
        local latest = now + tonumber(ARGV[4])
        local function forget(ids, counts)
          for _, id in ipairs(ids) do
            redis.call('HDEL', KEYS[1], id)
            redis.call('ZREM', KEYS[2], id)
            if counts then dropped = dropped + 1 end
          end
        end
        for i = 5, #ARGV, 2 do
          local known = number(field(KEYS[1], ARGV[i], 16), 0, latest)
          local at = math.min(tonumber(ARGV[i + 1]), now)
          if not known or known < at then
            redis.call('HSET', KEYS[1], ARGV[i], ms(at))
            redis.call('ZADD', KEYS[2], ms(now), ARGV[i])
          end
        end
        forget(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ms(now - tonumber(ARGV[1])), 'LIMIT', 0, 1000), false)
        forget(redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. ms(latest), '+inf', 'LIMIT', 0, 1000), true)
        local notes = redis.call('ZRANGEBYSCORE', KEYS[2], ARGV[2], ms(latest), 'WITHSCORES', 'LIMIT', 0, tonumber(ARGV[3]))
        local upto = now
        if #notes == 2 * tonumber(ARGV[3]) then upto = math.min(now, math.floor(tonumber(notes[#notes]))) end
        answer = { ms(now), ms(upto) }
        for i = 1, #notes, 2 do
          local id = notes[i]
          local time = is_hex(id, 32) and number(field(KEYS[1], id, 16), 0, latest)
          if time then
            answer[#answer + 1] = id
            answer[#answer + 1] = ms(math.min(time, now))
          else
            forget({ id }, true)
          end
        end
        redis.call('PEXPIRE', KEYS[1], ARGV[1])
        redis.call('PEXPIRE', KEYS[2], ARGV[1])
        """);

    // A kubelet reports a container's status minutes late at worst; by then the POST is stored in the annotation.
    private static readonly TimeSpan Keep = TimeSpan.FromHours(24);

    private readonly RedisKey[] _keys = [redis.Keys.PostTimes, redis.Keys.PostsNoted];

    private readonly MemoryPostLog _known = new();
    private readonly Unsent<string, DateTimeOffset> _notes =
        new(RedisStore.Posts, MaxWaiting, redis.Metrics, static (known, now) => known > now ? known : now);
    private long _from;
    private long _overlapAt;

    public event Action<string>? Noted
    {
        add => _known.Noted += value;
        remove => _known.Noted -= value;
    }

    public void Note(string id, DateTimeOffset at)
    {
        _known.Note(id, at);
        _notes.Add(id, at);
        Wake?.Invoke();
    }

    public DateTimeOffset? LastPost(string id) => _known.LastPost(id);

    public int Count => _known.Count;

    /// <summary>Removed here; in Redis it expires, because another replica may not have applied the removal yet.</summary>
    public void Forget(string id) => _known.Forget(id);

    public void Sweep(IReadOnlySet<string> living, DateTimeOffset before) => _known.Sweep(living, before);

    public Action? Wake { get; set; }

    public void ReadAllAgain() => _from = 0;

    public async Task ExchangeAsync()
    {
        for (var call = 0; call < MaxCalls; call++)
        {
            if (!redis.IsAvailable)
                return;
            var notes = _notes.Take(BatchSize);
            var arguments = new List<RedisValue> { (long)Keep.TotalMilliseconds, _from, PageSize, (long)RedisInput.ClockSkew.TotalMilliseconds };
            foreach (var (id, at) in notes)
            {
                arguments.Add(id);
                arguments.Add(at.ToUnixTimeMilliseconds());
            }

            var isDone = false;
            try
            {
                var answer = await redis.TryScriptAsync(Script, _keys, [.. arguments]);
                if (!answer.TryGet(out var rows))
                    return;
                isDone = true;
                if (!TakeIn(rows) && notes.Count < BatchSize)
                    return;
            }
            finally
            {
                if (!isDone)
                    _notes.Return(notes);
            }
        }

        Wake?.Invoke();
    }

    /// <summary>True: a page was full, and there is more.</summary>
    private bool TakeIn(RedisValue[] rows)
    {
        if (rows.Length < 2 || !RedisInput.TryTime(rows[0], RedisInput.EndOfTime, out var now)
            || !RedisInput.TryNumber(rows[1], 0, now.ToUnixTimeMilliseconds(), out var upto))
        {
            redis.Unreadable.Skip(RedisStore.Posts);
            return false;
        }

        var room = MaxNotes - _known.Count;
        var skipped = 0;
        for (var i = 2; i + 1 < rows.Length; i += 2)
        {
            if (!RedisInput.TryHex(rows[i], IdLength, out var id) || !RedisInput.TryTime(rows[i + 1], now + RedisInput.ClockSkew, out var at))
                skipped++;
            else if (_known.LastPost(id) is { } known)
                NoteLater(id, known, at);
            else if (room-- > 0)
                _known.Note(id, at);
            else
                skipped++;
        }

        redis.Unreadable.Skip(RedisStore.Posts, skipped);
        var isMore = upto < now.ToUnixTimeMilliseconds();
        // If a page is full of one time, the rest of that time is skipped.
        _from = !isMore ? upto - TakeOverlap(upto) : upto > _from ? upto : _from + 1;
        return isMore;
    }

    private long TakeOverlap(long now)
    {
        if (now >= _overlapAt && now - _overlapAt < OverlapEvery)
            return 0;
        _overlapAt = now;
        return Overlap;
    }

    // A replica also receives its own notes, cut to milliseconds.
    private void NoteLater(string id, DateTimeOffset known, DateTimeOffset at)
    {
        if (known.ToUnixTimeMilliseconds() < at.ToUnixTimeMilliseconds())
            _known.Note(id, at);
    }
}
