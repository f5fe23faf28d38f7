using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Gateway.Core.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace Gateway.Core.Redis;

/// <summary>
/// The live replicas: each reports itself every second, with the number of the protocol that it speaks through Redis and the installation that it
/// belongs to. The exchange and the callers that must reach all replicas report and read; each reading writes <see cref="IsMixed"/> and <see cref="Latest"/>.
/// </summary>
public sealed partial class ReplicaRoster : IExchanged
{
    /// <summary>
    /// The number of the present protocol: the keys, scripts and messages of this folder, of leases, and of questions. Raised when replicas of two
    /// versions would misread each other. Replicas from before the number say none.
    /// </summary>
    public const int CurrentProtocol = 1;

    /// <summary>More replicas than any deployment has.</summary>
    public const int MaxReplicas = 1000;

    private const int NameLength = 16;

    // KEYS: replicas, what they say. ARGV: this replica, for how long one counts after its last report, how long the keys live, how many are
    // returned, what this one says. Times in milliseconds. A time that is further ahead than a replica counts for is invalid. Answers whether these
    // are all, then name and what it says (empty: nothing) for each. Replicas that left are removed here, however many there are; the rest is bounded.
    private static readonly RedisScript Script = new(RedisStore.Replicas, """
        own(KEYS[1], 'zset')
        own(KEYS[2], 'hash')
        local counted, most = tonumber(ARGV[2]), tonumber(ARGV[4])
        redis.call('ZADD', KEYS[1], ms(now), ARGV[1])
        redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ms(now - counted))
        dropped = dropped + redis.call('ZREMRANGEBYSCORE', KEYS[1], '(' .. ms(now + counted), '+inf')
        local said = redis.call('HLEN', KEYS[2])
        if said > 2 * most then
          redis.call('UNLINK', KEYS[2])
          dropped = dropped + said
        elseif said > redis.call('ZCARD', KEYS[1]) then
          for _, name in ipairs(redis.call('HKEYS', KEYS[2])) do
            if not redis.call('ZSCORE', KEYS[1], name) then redis.call('HDEL', KEYS[2], name) end
          end
        end
        redis.call('HSET', KEYS[2], ARGV[1], ARGV[5])
        redis.call('PEXPIRE', KEYS[1], ARGV[3])
        redis.call('PEXPIRE', KEYS[2], ARGV[3])
        answer[1] = redis.call('ZCARD', KEYS[1]) <= most and '1' or '0'
        for _, name in ipairs(redis.call('ZREVRANGE', KEYS[1], 0, most - 1)) do
          if is_hex(name, 16) then
            answer[#answer + 1] = name
            answer[#answer + 1] = field(KEYS[2], name, 32) or ''
          else
            redis.call('ZREM', KEYS[1], name)
            dropped = dropped + 1
          end
        end
        """);

    private static readonly TimeSpan CountedFor = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan KeyLife = TimeSpan.FromHours(1);

    private readonly RedisConnection _redis;
    private readonly ILogger _logger;
    private readonly LogPace _strangers;
    private readonly RedisKey[] _keys;
    private readonly string _protocol;
    private readonly string _installation;
    private readonly Lock _gate = new();
    private bool? _isMixed;
    private long _looks;
    private LiveReplicas? _latest;

    /// <param name="installation">Names the installation, the same for all of its replicas; empty: not compared.</param>
    public ReplicaRoster(
        RedisConnection redis, TimeProvider time, ILogger<ReplicaRoster>? logger = null, string installation = "", int protocol = CurrentProtocol)
    {
        (_redis, _logger, _strangers) = (redis, logger ?? NullLogger<ReplicaRoster>.Instance, new LogPace(time));
        _keys = [redis.Keys.Replicas, redis.Keys.ReplicasSay];
        _protocol = protocol.ToString(CultureInfo.InvariantCulture);
        _installation = installation.Length == 0 ? "" : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(installation)).AsSpan(0, NameLength / 2));
    }

    /// <summary>Raised when <see cref="IsMixed"/> changed, on any thread. Handlers only signal.</summary>
    public event Action? MixChanged;

    /// <summary>This process' name among replicas.</summary>
    public string Self { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(NameLength / 2));

    public Action? Wake { get; set; }

    /// <summary>Whether a replica of another protocol is live, as last read; null: not read yet.</summary>
    public bool? IsMixed
    {
        get
        {
            lock (_gate)
                return _isMixed;
        }
    }

    /// <summary>How many readings were begun.</summary>
    public long Looks => Interlocked.Read(ref _looks);

    /// <summary>The reading that was begun last of those that Redis answered; null: none yet. The exchange makes one every second.</summary>
    public LiveReplicas? Latest
    {
        get
        {
            lock (_gate)
                return _latest;
        }
    }

    /// <summary>All that reported lately, including this one; null: Redis is unavailable, and there may be others.</summary>
    public async Task<ImmutableArray<string>?> FindAllAsync() => (await LookAsync())?.Names;

    /// <summary>Reports this replica and reads the others; null: Redis is unavailable, and there may be others.</summary>
    public async Task<LiveReplicas?> LookAsync()
    {
        var number = Interlocked.Increment(ref _looks);
        var answer = await _redis.TryScriptAsync(Script, _keys,
            [Self, (long)CountedFor.TotalMilliseconds, (long)KeyLife.TotalMilliseconds, MaxReplicas, $"{_protocol} {_installation}"]);
        if (!answer.TryGet(out var rows))
            return null;
        HashSet<string> names = [Self], others = [];
        var strangers = 0;
        for (var i = 1; i + 1 < rows.Length; i += 2)
        {
            if (!RedisInput.TryHex(rows[i], NameLength, out var name))
            {
                _redis.Unreadable.Skip(RedisStore.Replicas);
                continue;
            }

            names.Add(name);
            var said = RedisInput.TryText(rows[i + 1], 32, out var text) ? text.Split(' ', 2) : [];
            if (name != Self && (said.Length != 2 || said[0] != _protocol))
                others.Add(name);
            if (said.Length == 2 && _installation.Length > 0 && said[1] != _installation && RedisInput.IsHex(said[1], NameLength))
                strangers++;
        }

        if (strangers > 0 && _strangers.Allows("installation", out _))
            AnotherInstallation(_logger, _redis.Keys.Prefix, strangers);
        SetMixed(others.Count > 0);
        var live = new LiveReplicas([.. names], [.. others], rows.Length > 0 && rows[0] == "1", number);
        lock (_gate)
        {
            if (_latest is null || _latest.Number < number)
                _latest = live;
        }

        return live;
    }

    public Task ExchangeAsync() => LookAsync();

    /// <summary>Removes this replica.</summary>
    public Task LeaveAsync() => _redis.TryAsync(database => database.SortedSetRemoveAsync(_redis.Keys.Replicas, Self));

    /// <summary>Whether a replica can have that name.</summary>
    internal static bool IsName(string text) => RedisInput.IsHex(text, NameLength);

    private void SetMixed(bool isMixed)
    {
        bool? before;
        lock (_gate)
            (before, _isMixed) = (_isMixed, isMixed);
        if (before == isMixed)
            return;
        if (isMixed)
            Mixed(_logger);
        else if (before is not null)
            NoLongerMixed(_logger);
        MixChanged?.Invoke();
    }

    [LoggerMessage(2106, LogLevel.Error,
        "Another installation of the gateway uses Redis under {Prefix}: {Replicas} live replicas of it. Their leases and data mix with those of this one; give each installation its own Redis:KeyPrefix. At most once a minute.")]
    private static partial void AnotherInstallation(ILogger logger, string prefix, int replicas);

    [LoggerMessage(2107, LogLevel.Information,
        "Replicas of another protocol are live, as during an upgrade: no lease lapses, and drain=wait answers complete: null until they have left")]
    private static partial void Mixed(ILogger logger);

    [LoggerMessage(2108, LogLevel.Information, "All live replicas speak this replica's protocol again; every lease begins a full ttl")]
    private static partial void NoLongerMixed(ILogger logger);
}

/// <summary>The replicas that reported lately.</summary>
/// <param name="Others">Those of them that speak another protocol, or say none.</param>
/// <param name="AreAll">False: there are more than are read.</param>
/// <param name="Number">Which reading it is, in the order in which they were begun.</param>
public sealed record LiveReplicas(ImmutableArray<string> Names, ImmutableArray<string> Others, bool AreAll, long Number);
