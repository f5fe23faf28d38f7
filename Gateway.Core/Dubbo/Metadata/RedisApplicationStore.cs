using System.Collections.Concurrent;
using System.Collections.Immutable;
using Gateway.Core.Redis;
using Gateway.Core.Timing;
using StackExchange.Redis;

namespace Gateway.Core.Dubbo.Metadata;

/// <summary>
/// The metadata that applications sent to any replica: what this process received at once, what others received within a second through Redis, or
/// when a call asks for it. What a registration names on some replica is renewed in Redis; all else expires there. Any thread writes; the exchange,
/// and calls that put or refresh, call Redis one after another. While Redis is unavailable, each replica uses what it knows and sends it when Redis is back.
/// </summary>
public sealed class RedisApplicationStore : IApplicationStore, IExchanged
{
    private const int BatchSize = 64;

    private const int MaxRenewed = 10_000;

    // Other parts wait for the end of an exchange; the next one goes on.
    private const int MaxCalls = 50;

    // Each costs some 300 bytes; the documents have a limit of their own.
    private const int MaxFacts = 250_000;

    // All callers that ask for what is not known here share the next exchange.
    private static readonly TimeSpan RefreshPace = TimeSpan.FromMilliseconds(200);

    private readonly RedisConnection _redis;
    private readonly MemoryApplicationStore _known;
    private readonly TimeSpan _keep;
    private readonly SemaphoreSlim _exchange = new(1);
    private readonly PacedCalls<string, bool> _refreshes;
    private readonly Unsent<ApplicationFact, SharedPut> _puts;
    private readonly ConcurrentDictionary<ApplicationFact, bool> _named = new();
    private readonly List<RedisValue> _dropped = [];
    private long _seen;
    private bool _isBehind;
    private bool _readsAll;

    public RedisApplicationStore(RedisConnection redis, ApplicationOptions options, TimeProvider time)
    {
        (_redis, _known, _refreshes) = (redis, new MemoryApplicationStore(options, time), new(RefreshPace, time));
        _puts = new(RedisStore.Applications, MaxFacts, redis.Metrics, static (known, put) => known > put ? known : put);

        // Renewed every second by replicas where a registration names it.
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

    public async ValueTask<PutResult> PutAsync(ApplicationName application, ApplicationMetadata metadata, string? owner = null, bool isInUse = false)
    {
        // Another replica may have stored the revision a moment ago.
        if (isInUse && _known.Find(application).Find(metadata.Revision) is null)
            await RefreshAsync();
        var result = _known.Put(application, metadata, owner, isInUse);
        if (result != PutResult.Stored)
            return result;
        await HandOverAsync(new(application, metadata.Revision, IsMapping: false), isInUse ? SharedPut.First : SharedPut.Replace);

        // Another replica may have stored other content at the same time; the first one counts, and has come with the exchange.
        return isInUse && _known.Find(application).Find(metadata.Revision) is { } first && !first.IsEqual(metadata) ? PutResult.Differs : PutResult.Stored;
    }

    public async ValueTask<bool> PutAsync(ApplicationName application, string @interface, string? owner = null)
    {
        if (!_known.Put(application, @interface, owner))
            return false;
        await HandOverAsync(new(application, @interface, IsMapping: true), SharedPut.Replace);
        return true;
    }

    public void Name(IReadOnlyCollection<ApplicationFact> facts)
    {
        _known.Name(facts);
        foreach (var fact in facts)
            _named[fact] = true;
    }

    /// <summary>Removed here; in Redis it expires, since on another replica a registration may still name it.</summary>
    public void Forget(IReadOnlyCollection<ApplicationFact> facts) => _known.Forget(facts);

    public void Settle(ApplicationName application, IReadOnlySet<string> pods) => _known.Settle(application, pods);

    public async ValueTask RefreshAsync() => await _refreshes.AskAsync("", ExchangedAsync, CancellationToken.None);

    public Action? Wake { get; set; }

    public void ReadAllAgain() => Volatile.Write(ref _readsAll, true);

    public Task ExchangeAsync() => ExchangeAsync(onlyUnsent: false);

    /// <summary>What many callers put at the same time is sent in one call.</summary>
    private async Task HandOverAsync(ApplicationFact fact, SharedPut put)
    {
        _puts.Add(fact, put);
        await ExchangeAsync(onlyUnsent: true);
    }

    private async Task<bool> ExchangedAsync()
    {
        await ExchangeAsync();
        return true;
    }

    private async Task ExchangeAsync(bool onlyUnsent)
    {
        await _exchange.WaitAsync();
        try
        {
            // Another caller has sent it meanwhile.
            if (onlyUnsent && _puts.Count == 0)
                return;
            for (var call = 0; call < MaxCalls; call++)
            {
                if (!_redis.IsAvailable || !await ExchangeLockedAsync() || !(_isBehind || _puts.Count > 0))
                    return;
            }

            Wake?.Invoke();
        }
        finally
        {
            _exchange.Release();
        }
    }

    /// <summary>One call, of one batch each way; false: Redis did not answer.</summary>
    private async Task<bool> ExchangeLockedAsync()
    {
        if (Interlocked.Exchange(ref _readsAll, false))
            _seen = 0;
        var puts = _puts.Take(BatchSize);
        ApplicationFact[] renewed = [.. _named.Keys.Take(MaxRenewed)];
        List<RedisValue> arguments =
        [
            (long)_keep.TotalMilliseconds, _seen, ApplicationFact.MaxKeyBytes, ApplicationScript.MaxDocumentBytes + SharedDocument.MaxPublisherBytes, ApplicationScript.MaxAnswerBytes, 0,
            _dropped.Count,
        ];
        var count = 0;
        foreach (var (fact, put) in puts)
        {
            if (_known.SharedOf(fact) is not { } shared)
                continue;
            arguments.AddRange([fact.Key, shared, (int)put]);
            count++;
        }

        arguments[5] = count;
        arguments.AddRange(_dropped);
        arguments.AddRange(renewed.Select(static fact => (RedisValue)fact.Key));
        var isDone = false;
        try
        {
            var answer = await _redis.TryScriptAsync(ApplicationScript.Script, ApplicationScript.KeysOf(_redis.Keys), [.. arguments]);
            if (!answer.TryGet(out var rows))
                return false;
            isDone = true;
            _dropped.Clear();
            foreach (var fact in renewed)
                _named.TryRemove(fact, out _);
            if (TakeIn(rows))
                return true;
            _redis.Unreadable.Skip(RedisStore.Applications);
            return false;
        }
        finally
        {
            // The exchange failed: sent again with the next one.
            if (!isDone)
                _puts.Return(puts);
        }
    }

    private bool TakeIn(RedisValue[] rows)
    {
        if (rows.Length < 3 || !RedisInput.TryNumber(rows[0], 0, ApplicationScript.MaxTurn, out var upto) || !RedisInput.TryNumber(rows[1], 0, rows.Length - 3, out var missing))
            return false;
        _seen = upto;
        _isBehind = rows[2] == "1";
        foreach (var row in rows.AsSpan(3, (int)missing))
        {
            // Redis has lost it, and a registration here names it.
            if (ApplicationFact.TryParse(row) is { } fact && _known.BytesOf(fact) is not null)
                _puts.Add(fact, SharedPut.Missing);
        }

        for (var i = 3 + (int)missing; i + 1 < rows.Length; i += 2)
        {
            if (ApplicationFact.TryParse(rows[i]) is not { } fact || !TakeIn(fact, rows[i], (byte[]?)rows[i + 1] ?? []))
                _redis.Unreadable.Skip(RedisStore.Applications);
        }

        return true;
    }

    /// <summary>False: it is not kept here.</summary>
    private bool TakeIn(ApplicationFact fact, RedisValue key, byte[] shared)
    {
        var known = _known.SharedOf(fact);
        if (known is not null && known.AsSpan().SequenceEqual(shared))
            return true;
        if (known is null && _known.Count >= MaxFacts)
            return false;
        if (fact.IsMapping)
        {
            return _known.Put(fact.Application, fact.Name);
        }

        var (publisher, bytes) = SharedDocument.Read(shared);
        if (!RedisInput.TryJson(bytes.ToArray(), out var document))
        {
            // No version of the gateway wrote this. It is removed, and replicas where a registration names it send it again.
            _dropped.Add(key);
            return false;
        }

        // Another version of the gateway may have written it; it is asked for again when that pod puts it here.
        using (document)
        {
            return MetadataInfoReader.Read(document.RootElement, bytes, fact.Application.Name, fact.Name, out _) is { } metadata
                && _known.Put(fact.Application, metadata with { Publisher = publisher }) == PutResult.Stored;
        }
    }
}
