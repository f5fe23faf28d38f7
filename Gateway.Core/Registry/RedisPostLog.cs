using System.Collections.Concurrent;
using System.Globalization;
using Gateway.Core.Redis;
using StackExchange.Redis;

namespace Gateway.Core.Registry;

/// <summary>
/// The POSTs that any replica answered: those of this process at once, those of others within a second through Redis. Any thread notes; its
/// loop hands notes over and takes others' in; the projector reads and forgets. While Redis is away, each replica knows its own.
/// </summary>
public sealed class RedisPostLog(RedisConnection redis) : IPostLog
{
    private const int BatchSize = 1000;

    // KEYS: times, noted. ARGV: how long a note is kept, from when on notes are wanted, then (id, time of the POST). Times in milliseconds.
    private const string Text = """
        local t = redis.call('TIME')
        local now = t[1] * 1000 + math.floor(t[2] / 1000)
        local stamp = string.format('%.0f', now)
        for i = 3, #ARGV, 2 do
          local known = tonumber(redis.call('HGET', KEYS[1], ARGV[i]))
          if not known or known < tonumber(ARGV[i + 1]) then
            redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
            redis.call('ZADD', KEYS[2], stamp, ARGV[i])
          end
        end
        local old = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', string.format('%.0f', now - tonumber(ARGV[1])), 'LIMIT', 0, 1000)
        for _, id in ipairs(old) do
          redis.call('HDEL', KEYS[1], id)
          redis.call('ZREM', KEYS[2], id)
        end
        local answer = { stamp }
        for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], ARGV[2], '+inf')) do
          answer[#answer + 1] = id
          answer[#answer + 1] = redis.call('HGET', KEYS[1], id) or '0'
        end
        redis.call('PEXPIRE', KEYS[1], ARGV[1])
        redis.call('PEXPIRE', KEYS[2], ARGV[1])
        return answer
        """;

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    // A kubelet posts a container's status minutes late at worst; what explained a restart is then written into the annotation.
    private static readonly TimeSpan Keep = TimeSpan.FromHours(24);

    // Redis' clock may be put back a little.
    private const long Overlap = 2000;

    private static readonly RedisKey[] Keys = [RedisKeys.PostTimes, RedisKeys.PostsNoted];

    private readonly MemoryPostLog _known = new();
    private readonly ConcurrentQueue<(string Id, DateTimeOffset At)> _notes = new();
    private readonly SemaphoreSlim _signal = new(0);
    private long _seen;

    public event Action<string>? Noted
    {
        add => _known.Noted += value;
        remove => _known.Noted -= value;
    }

    public void Note(string id, DateTimeOffset at)
    {
        _known.Note(id, at);
        _notes.Enqueue((id, at));
        _signal.Release();
    }

    public DateTimeOffset? LastPost(string id) => _known.LastPost(id);

    /// <summary>Forgotten here; in Redis it expires, and another replica may not have folded its end yet.</summary>
    public void Forget(string id) => _known.Forget(id);

    /// <summary>Hands over and takes in until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await ExchangeAsync().ConfigureAwait(false);
                await _signal.WaitAsync(LookEvery, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    private async Task ExchangeAsync()
    {
        if (!redis.IsAvailable)
            return;
        List<(string Id, DateTimeOffset At)> notes = [];
        while (notes.Count < BatchSize && _notes.TryDequeue(out var note))
            notes.Add(note);
        var arguments = new List<RedisValue> { (long)Keep.TotalMilliseconds, _seen - Overlap };
        foreach (var (id, at) in notes)
        {
            arguments.Add(id);
            arguments.Add(at.ToUnixTimeMilliseconds());
        }

        var seen = _seen;
        var isDone = false;
        try
        {
            var answer = await redis.TryScriptAsync(Text, Keys, [.. arguments]).ConfigureAwait(false);
            if (!answer.TryGet(out var result))
                return;
            TakeIn((RedisValue[])result!);
            isDone = true;
        }
        finally
        {
            // Whatever failed: noted again, and asked for from where it was.
            if (!isDone)
            {
                _seen = seen;
                notes.ForEach(_notes.Enqueue);
            }
        }
    }

    private void TakeIn(RedisValue[] answer)
    {
        _seen = long.Parse((string)answer[0]!, CultureInfo.InvariantCulture);
        for (var i = 1; i + 1 < answer.Length; i += 2)
        {
            var id = (string)answer[i]!;
            var at = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse((string)answer[i + 1]!, CultureInfo.InvariantCulture));

            // Its own notes come back to it, cut to milliseconds.
            if (_known.LastPost(id) is not { } known || known.ToUnixTimeMilliseconds() < at.ToUnixTimeMilliseconds())
                _known.Note(id, at);
        }
    }
}
