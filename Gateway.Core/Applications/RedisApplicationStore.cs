using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Gateway.Core.Redis;
using StackExchange.Redis;

namespace Gateway.Core.Applications;

/// <summary>
/// What applications said to any replica: what this process was told at once, what others were told within a second through Redis, or when a
/// call asks for it. What some replica sees named is renewed in Redis, all else expires there. Any thread puts; its loop, and calls that
/// refresh, exchange one after another. While Redis is away, each replica goes on with what it knows and hands over on its return.
/// </summary>
public sealed class RedisApplicationStore : IApplicationStore
{
    private const int BatchSize = 64;

    // KEYS: documents, deadlines, turns, turn. ARGV: how long unrenewed facts are kept, the last turn that was seen, how many are put, then
    // (fact, document) for each, then the facts to renew. Times in milliseconds of Redis' clock. Answers the turn up to which changes follow,
    // how many renewed facts are missing, those, then (fact, document) of the changes.
    private const string Text = """
        local t = redis.call('TIME')
        local now = t[1] * 1000 + math.floor(t[2] / 1000)
        local till = string.format('%.0f', now + tonumber(ARGV[1]))
        local seen, puts = tonumber(ARGV[2]), tonumber(ARGV[3])
        local last = tonumber(redis.call('GET', KEYS[4]) or '0')
        if last < seen then seen = 0 end
        for i = 4, 3 + puts * 2, 2 do
          if redis.call('HGET', KEYS[1], ARGV[i]) ~= ARGV[i + 1] then
            last = redis.call('INCR', KEYS[4])
            redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
            redis.call('ZADD', KEYS[3], last, ARGV[i])
          end
          redis.call('ZADD', KEYS[2], till, ARGV[i])
        end
        local missing = {}
        for i = 4 + puts * 2, #ARGV do
          if redis.call('HEXISTS', KEYS[1], ARGV[i]) == 1 then
            redis.call('ZADD', KEYS[2], till, ARGV[i])
          else
            missing[#missing + 1] = ARGV[i]
          end
        end
        for _, fact in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', string.format('%.0f', now), 'LIMIT', 0, 1000)) do
          redis.call('HDEL', KEYS[1], fact)
          redis.call('ZREM', KEYS[2], fact)
          redis.call('ZREM', KEYS[3], fact)
        end
        local answer = { '0', tostring(#missing) }
        for _, fact in ipairs(missing) do answer[#answer + 1] = fact end
        local changes = redis.call('ZRANGEBYSCORE', KEYS[3], string.format('(%d', seen), '+inf', 'WITHSCORES', 'LIMIT', 0, 64)
        local upto = last
        for i = 1, #changes, 2 do
          answer[#answer + 1] = changes[i]
          answer[#answer + 1] = redis.call('HGET', KEYS[1], changes[i]) or ''
          if #changes == 128 then upto = tonumber(changes[i + 1]) end
        end
        answer[1] = string.format('%d', upto)
        for i = 1, 4 do redis.call('PEXPIRE', KEYS[i], string.format('%.0f', 2 * tonumber(ARGV[1]))) end
        return answer
        """;

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private static readonly RedisKey[] Keys = [RedisKeys.ApplicationFacts, RedisKeys.ApplicationDeadlines, RedisKeys.ApplicationTurns, RedisKeys.ApplicationTurn];

    private readonly RedisConnection _redis;
    private readonly MemoryApplicationStore _known;
    private readonly TimeSpan _keep;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _exchange = new(1);
    private readonly ConcurrentQueue<ApplicationFact> _puts = new();
    private readonly ConcurrentDictionary<ApplicationFact, bool> _named = new();
    private long _seen;
    private bool _isBehind;

    public RedisApplicationStore(RedisConnection redis, ApplicationOptions options, TimeProvider time)
    {
        (_redis, _known, _time) = (redis, new MemoryApplicationStore(options, time), time);

        // Renewed every second by whoever sees it named.
        _keep = options.KeepUnnamed < TimeSpan.FromSeconds(15) ? TimeSpan.FromSeconds(15) : options.KeepUnnamed;
    }

    public event Action<IReadOnlyCollection<ApplicationName>>? Changed
    {
        add => _known.Changed += value;
        remove => _known.Changed -= value;
    }

    public IReadOnlyCollection<(ApplicationFact Fact, DateTimeOffset NamedAt)> All => _known.All;

    public ApplicationFacts Find(ApplicationName application) => _known.Find(application);

    public ImmutableSortedSet<string> ApplicationsOf(string ns, string @interface) => _known.ApplicationsOf(ns, @interface);

    public async ValueTask<bool> PutAsync(ApplicationName application, ApplicationMetadata metadata)
    {
        if (!_known.Put(application, metadata))
            return false;
        await HandOverAsync(new(application, metadata.Revision, IsMapping: false)).ConfigureAwait(false);
        return true;
    }

    public async ValueTask PutAsync(ApplicationName application, string @interface)
    {
        _known.Put(application, @interface);
        await HandOverAsync(new(application, @interface, IsMapping: true)).ConfigureAwait(false);
    }

    public void Name(IReadOnlyCollection<ApplicationFact> facts)
    {
        _known.Name(facts);
        foreach (var fact in facts)
            _named[fact] = true;
    }

    /// <summary>Forgotten here; in Redis it expires, and another replica may still see it named.</summary>
    public void Forget(IReadOnlyCollection<ApplicationFact> facts) => _known.Forget(facts);

    public async ValueTask RefreshAsync() => await ExchangeAsync().ConfigureAwait(false);

    /// <summary>Hands over, renews and takes in until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var clock = new PeriodicTimer(LookEvery, _time);
        try
        {
            do
            {
                await ExchangeAsync().ConfigureAwait(false);
            }
            while (await clock.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    private async Task HandOverAsync(ApplicationFact fact)
    {
        _puts.Enqueue(fact);
        await ExchangeAsync().ConfigureAwait(false);
    }

    private async Task ExchangeAsync()
    {
        await _exchange.WaitAsync().ConfigureAwait(false);
        try
        {
            do
            {
                if (!_redis.IsAvailable || !await ExchangeLockedAsync().ConfigureAwait(false))
                    return;
            }
            while (_isBehind || !_puts.IsEmpty);
        }
        finally
        {
            _exchange.Release();
        }
    }

    /// <summary>One call, of one batch each way; false: Redis did not answer.</summary>
    private async Task<bool> ExchangeLockedAsync()
    {
        List<ApplicationFact> puts = [];
        while (puts.Count < BatchSize && _puts.TryDequeue(out var put))
            puts.Add(put);
        ApplicationFact[] renewed = [.. _named.Keys];
        List<RedisValue> arguments = [(long)_keep.TotalMilliseconds, _seen, 0];
        var count = 0;
        foreach (var fact in puts.Distinct())
        {
            if (_known.BytesOf(fact) is not { } bytes)
                continue;
            arguments.AddRange([fact.Key, bytes.ToArray()]);
            count++;
        }

        arguments[2] = count;
        arguments.AddRange(renewed.Select(static fact => (RedisValue)fact.Key));
        var seen = _seen;
        var isDone = false;
        try
        {
            var answer = await _redis.TryScriptAsync(Text, Keys, [.. arguments]).ConfigureAwait(false);
            if (!answer.TryGet(out var result))
                return false;
            TakeIn((RedisValue[])result!);
            foreach (var fact in renewed)
                _named.TryRemove(fact, out _);
            isDone = true;
            return true;
        }
        finally
        {
            // Whatever failed: handed over again, and asked for from where it was.
            if (!isDone)
            {
                _seen = seen;
                puts.ForEach(_puts.Enqueue);
            }
        }
    }

    private void TakeIn(RedisValue[] answer)
    {
        _seen = long.Parse((string)answer[0]!, CultureInfo.InvariantCulture);
        var missing = int.Parse((string)answer[1]!, CultureInfo.InvariantCulture);
        for (var i = 2; i < 2 + missing; i++)
        {
            // Redis has lost it, and it is named here.
            if (ApplicationFact.TryParse((string)answer[i]!) is { } fact && _known.BytesOf(fact) is not null)
                _puts.Enqueue(fact);
        }

        for (var i = 2 + missing; i + 1 < answer.Length; i += 2)
        {
            if (ApplicationFact.TryParse((string)answer[i]!) is { } fact)
                TakeIn(fact, (byte[])answer[i + 1]!);
        }

        _isBehind = answer.Length - 2 - missing >= BatchSize * 2;
    }

    private void TakeIn(ApplicationFact fact, byte[] bytes)
    {
        if (_known.BytesOf(fact) is { } known && known.Span.SequenceEqual(bytes))
            return;
        if (fact.IsMapping)
        {
            _known.Put(fact.Application, fact.Name);
            return;
        }

        try
        {
            using var document = JsonDocument.Parse(bytes);
            if (MetadataInfoReader.Read(document.RootElement, bytes, fact.Application.Name, fact.Name, out _) is { } metadata)
                _known.Put(fact.Application, metadata);
        }
        catch (JsonException)
        {
            // Another version of the gateway wrote it; it is asked for again when that pod puts it here.
        }
    }
}
