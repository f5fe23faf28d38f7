using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Gateway.Core.Diagnostics;
using Gateway.Core.Supervision;
using Gateway.Core.Timing;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Gateway.Core.Redis;

/// <summary>
/// The shared connection to Redis and its availability. Reconnects without limit, at the start and later; while Redis is unavailable calls return
/// no answer instead of failing. Every call but those of megabytes may end the availability; only a look at it begins it, which the exchange takes
/// every second and its own loop where the exchange does not, and which then writes beside each group of keys. Anyone reads it.
/// </summary>
public sealed partial class RedisConnection : IAsyncDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    // The exchange looks every second; where it does not (it is held up, or the connection is used alone) the connection's own loop does.
    private static readonly TimeSpan LooksAtLeast = TimeSpan.FromSeconds(2);

    // Megabytes, on a server that others use as well.
    private static readonly TimeSpan BulkTimeout = TimeSpan.FromSeconds(10);

    // Kept by every replica each second; after a day without any the prefix is free for another cluster.
    private static readonly TimeSpan ClusterKept = TimeSpan.FromDays(1);

    private static readonly TimeSpan ProbeKept = TimeSpan.FromHours(2);

    // KEYS: cluster. ARGV: this cluster, for how many milliseconds it is kept. Answers whether it is the stored one.
    private static readonly RedisScript ClusterScript = new(RedisStore.Replicas, """
        own(KEYS[1], 'string')
        local known = text(KEYS[1], 32)
        if known ~= false and not (known and is_hex(known, 32)) then
          known = false
          dropped = dropped + 1
        end
        if known == ARGV[1] or not known then
          redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
          answer = { '1' }
        else
          if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
          answer = { '0' }
        end
        """);

    private readonly RedisOptions _options;
    private readonly GatewayMetrics _metrics;
    private readonly bool _hasSentinel;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly LogPace _refusals;
    private readonly LogPace _foreigns;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _polling;
    private readonly WakeSignal _signal = new();
    private readonly RedisKey[] _clusterKey;
    private ConnectionMultiplexer? _client;
    private Task<ConnectionMultiplexer>? _bulkClient;
    private volatile bool _isAvailable;
    private bool _wasHeard;
    private long _lookedAt;
    private int _failures;
    private volatile string? _cluster;
    private volatile bool _isForeign;

    public RedisConnection(RedisOptions options, GatewayMetrics metrics, LoopSupervisor loops, ILogger<RedisConnection> logger, TimeProvider time)
    {
        (_options, _metrics, _logger, _time) = (options, metrics, logger, time);
        (_refusals, _foreigns) = (new LogPace(time), new LogPace(time));
        _hasSentinel = options.HasSentinel;
        Keys = new RedisKeys(options.KeyPrefix);
        _clusterKey = [Keys.Cluster];
        Unreadable = new UnreadableInRedis(metrics, logger, time);
        metrics.ObserveRedis(() => _isAvailable);
        _polling = loops.RunAsync(new BackgroundLoop("redis-connection", RunAsync), _ending.Token);
    }

    /// <summary>Raised when <see cref="IsAvailable"/> changed, on any thread. Handlers only signal.</summary>
    public event Action? AvailabilityChanged;

    /// <summary>Whether Redis could be written when it was last tried, and no call nor the connection has failed since.</summary>
    public bool IsAvailable => _isAvailable;

    internal GatewayMetrics Metrics => _metrics;

    /// <summary>The keys and channels of this installation.</summary>
    public RedisKeys Keys { get; }

    /// <summary>
    /// The uid of namespace kube-system, which names the cluster; null while unknown. Once known its hash is stored under the prefix; while that of
    /// another cluster is stored there, nothing is read or written, as if Redis were unavailable.
    /// </summary>
    public string? Cluster
    {
        get => _cluster;
        set
        {
            _cluster = value is null ? null : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(value)).AsSpan(0, 16));
            _signal.Set();
        }
    }

    /// <summary>Counts everything that came from Redis and could not be read.</summary>
    public UnreadableInRedis Unreadable { get; }

    /// <summary>Makes one call; without an answer in time <see cref="RedisAnswer{T}.HasValue"/> is false, and the call may have been carried out.</summary>
    public async Task<RedisAnswer<T>> TryAsync<T>(Func<IDatabase, Task<T>> call)
    {
        if (Volatile.Read(ref _client) is not { } client || _isForeign)
            return default;
        return await CallAsync(client, call);
    }

    /// <summary>
    /// As <see cref="TryAsync"/>, for megabytes: with more time, and over a connection of its own, so that no other call waits behind it. That it is slow
    /// says nothing about the availability, which freezes the leases of all.
    /// </summary>
    public async Task<RedisAnswer<T>> TryBulkAsync<T>(Func<IDatabase, Task<T>> call)
    {
        if (Volatile.Read(ref _client) is null || _isForeign)
            return default;
        try
        {
            var client = await BulkClientAsync();
            return new RedisAnswer<T>(await call(client.GetDatabase()).WaitAsync(BulkTimeout, _time));
        }
        catch (Exception failure) when (IsTrouble(failure))
        {
            CountFailure(failure);
            return default;
        }
    }

    private async Task<RedisAnswer<T>> CallAsync<T>(ConnectionMultiplexer client, Func<IDatabase, Task<T>> call)
    {
        try
        {
            return new RedisAnswer<T>(await call(client.GetDatabase()).WaitAsync(_options.CallTimeout, _time));
        }
        catch (Exception failure) when (IsTrouble(failure))
        {
            CountFailure(failure);
            if (failure is not RedisServerException refusal || RedisRefusal.IsOfAll(refusal))
                SetAvailable(false);
            return default;
        }
    }

    private void CountFailure(Exception failure)
    {
        _metrics.RedisFailures.Add(1);
        if (failure is RedisServerException && _refusals.Allows("refused", out _))
            Refused(_logger, LogText.Escaped(failure.Message));
    }

    /// <summary>
    /// Runs a script as one step and returns its rows, each of which may be anything. The client sends the script's hash, and its text to a server
    /// that does not know it.
    /// </summary>
    public async Task<RedisAnswer<RedisValue[]>> TryScriptAsync(RedisScript script, RedisKey[] keys, RedisValue[] arguments) =>
        ReadRows(script, await TryAsync(database => database.ScriptEvaluateAsync(script.Text, keys, arguments)));

    /// <summary>A script that carries megabytes, as <see cref="TryBulkAsync"/>.</summary>
    public async Task<RedisAnswer<RedisValue[]>> TryBulkScriptAsync(RedisScript script, RedisKey[] keys, RedisValue[] arguments) =>
        ReadRows(script, await TryBulkAsync(database => database.ScriptEvaluateAsync(script.Text, keys, arguments)));

    private RedisAnswer<RedisValue[]> ReadRows(RedisScript script, RedisAnswer<RedisResult> answer)
    {
        if (!answer.TryGet(out var result))
            return default;
        if (!RedisInput.TryRows(result, out var rows) || rows.Length == 0 || !RedisInput.TryNumber(rows[0], 0, long.MaxValue, out var dropped))
        {
            Unreadable.Skip(script.Store);
            return default;
        }

        Unreadable.Skip(script.Store, dropped);
        return new RedisAnswer<RedisValue[]>(rows[1..]);
    }

    /// <summary>Subscribes to a channel, across reconnections; false when Redis is unavailable now.</summary>
    public async Task<bool> TrySubscribeAsync(string channel, Action<RedisValue> received)
    {
        if (Volatile.Read(ref _client) is not { } client || _isForeign)
            return false;
        var subscriber = client.GetSubscriber();
        Action<RedisChannel, RedisValue> handler = (_, message) => received(message);
        try
        {
            await subscriber.SubscribeAsync(Literal(channel), handler).WaitAsync(_options.CallTimeout, _time);
            return true;
        }
        catch (Exception failure) when (IsTrouble(failure))
        {
            await LeaveAsync(subscriber, channel, handler);
            return false;
        }
    }

    /// <summary>The client keeps a handler also when its subscription failed: the next attempt would make it two, which receive each message twice.</summary>
    private static async Task LeaveAsync(ISubscriber subscriber, string channel, Action<RedisChannel, RedisValue> handler)
    {
        try
        {
            await subscriber.UnsubscribeAsync(Literal(channel), handler, CommandFlags.FireAndForget);
        }
        catch (Exception failure) when (IsTrouble(failure))
        {
            // The handler is gone; the server hears of it with the next connection.
        }
    }

    /// <summary>The number of subscribers that received it; no value when Redis is unavailable.</summary>
    public Task<RedisAnswer<long>> TryPublishAsync(string channel, RedisValue message) =>
        TryAsync(database => database.PublishAsync(Literal(channel), message));

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _polling;
        Volatile.Read(ref _client)?.Dispose();
        Task<ConnectionMultiplexer>? bulk;
        lock (_gate)
            bulk = _bulkClient;
        if (bulk is not null)
        {
            await ((Task)bulk).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (bulk.IsCompletedSuccessfully)
                (await bulk).Dispose();
        }

        _ending.Dispose();
    }

    /// <summary>Connects with the first call; a failed attempt is repeated by the next one.</summary>
    private Task<ConnectionMultiplexer> BulkClientAsync()
    {
        lock (_gate)
        {
            if (_bulkClient is null or { IsFaulted: true } or { IsCanceled: true })
            {
                var options = _options.ToClient();
                options.AsyncTimeout = Math.Max(options.AsyncTimeout, (int)BulkTimeout.TotalMilliseconds);
                _bulkClient = ConnectionMultiplexer.ConnectAsync(options);
            }

            return _bulkClient;
        }
    }

    private static RedisChannel Literal(string channel) => new(channel, RedisChannel.PatternMode.Literal);

    private static bool IsTrouble(Exception failure) =>
        failure is RedisException or TimeoutException or ObjectDisposedException or OperationCanceledException or System.Net.Sockets.SocketException;

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            var isDue = true;
            while (true)
            {
                if (isDue && (Volatile.Read(ref _client) is not null || await ConnectAsync()))
                    await LookAsync();
                isDue = await _signal.WaitAsync(PollInterval, _time, cancellationToken)
                    || !_isAvailable || _time.GetElapsedTime(Interlocked.Read(ref _lookedAt)) >= LooksAtLeast;
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    /// <summary>
    /// Whether Redis answers, and whether the cluster that it holds is this one. What failed is away until all of it can be written: of a cluster's nodes
    /// one may fail, and a server may answer reads alone.
    /// </summary>
    internal async Task LookAsync()
    {
        if (Volatile.Read(ref _client) is not { } client)
            return;
        Interlocked.Exchange(ref _lookedAt, _time.GetTimestamp());
        var failures = Volatile.Read(ref _failures);
        var isAvailable = await CompareClusterAsync(client) && (_isAvailable || await WriteEverywhereAsync(client));
        if (_isForeign || HasTwoMasters(client))
            SetAvailable(false);
        else if (isAvailable && failures == Volatile.Read(ref _failures))
            SetAvailable(true);
        if (_isForeign && _foreigns.Allows("cluster", out _))
            AnotherCluster(_logger, Keys.Prefix);
    }

    // After a failover the old master may come back as one, until its sentinel has made it a replica: replicas of the gateway would use one each.
    private bool HasTwoMasters(ConnectionMultiplexer client) => _hasSentinel
        && client.GetServers().Count(static server => server is { IsConnected: true, IsReplica: false, ServerType: ServerType.Standalone }) > 1;

    private async Task<bool> WriteEverywhereAsync(ConnectionMultiplexer client)
    {
        var answers = await Task.WhenAll(Keys.Probes.Select(key =>
            CallAsync(client, database => database.StringSetAsync(key, "1", ProbeKept))));
        return answers.All(static answer => answer.HasValue);
    }

    /// <summary>False: Redis did not answer.</summary>
    private async Task<bool> CompareClusterAsync(ConnectionMultiplexer client)
    {
        if (_cluster is not { } cluster)
            return (await CallAsync(client, static database => database.PingAsync())).HasValue;
        var answer = await CallAsync(client, database =>
            database.ScriptEvaluateAsync(ClusterScript.Text, _clusterKey, [cluster, (long)ClusterKept.TotalMilliseconds]));
        if (!answer.TryGet(out var result))
            return false;
        if (RedisInput.TryRows(result, out var rows) && rows.Length == 2 && RedisInput.TryNumber(rows[0], 0, 1, out var dropped)
            && RedisInput.TryNumber(rows[1], 0, 1, out var isOurs))
        {
            Unreadable.Skip(RedisStore.Replicas, dropped);
            _isForeign = isOurs == 0;
        }

        return true;
    }

    [SuppressMessage("Reliability", "CA2000", Justification = "Kept until disposal.")]
    private async Task<bool> ConnectAsync()
    {
        try
        {
            var client = await ConnectionMultiplexer.ConnectAsync(_options.ToClient());
            client.ConnectionFailed += (_, failure) =>
            {
                // A node that cannot be reached may be one that another has replaced: the calls tell.
                if (failure.ConnectionType == ConnectionType.Interactive && failure.FailureType != ConnectionFailureType.UnableToConnect)
                    SetAvailable(false);
            };
            Volatile.Write(ref _client, client);
            return true;
        }
        catch (Exception failure) when (IsTrouble(failure))
        {
            SetAvailable(false);
            return false;
        }
    }

    private void SetAvailable(bool isAvailable)
    {
        lock (_gate)
        {
            if (!isAvailable)
                _failures++;
            if (_isAvailable == isAvailable && _wasHeard)
                return;
            _wasHeard = true;
            _isAvailable = isAvailable;
        }

        if (isAvailable)
            Available(_logger);
        else
            Unavailable(_logger);
        AvailabilityChanged?.Invoke();
    }

    [LoggerMessage(2100, LogLevel.Information, "Redis answers: leases, POST times and the saved state are shared with the other replicas")]
    private static partial void Available(ILogger logger);

    [LoggerMessage(2101, LogLevel.Warning,
        "Redis is unavailable, or refuses to be written: leases are frozen, heartbeats are kept in memory and sent when it is back; lookups and registrations continue")]
    private static partial void Unavailable(ILogger logger);

    [LoggerMessage(2102, LogLevel.Warning, "Redis refused a call, which is retried: {Reason}")]
    private static partial void Refused(ILogger logger, string reason);

    [LoggerMessage(2105, LogLevel.Error,
        "Another cluster's gateway keeps its state in Redis under {Prefix}; nothing is read or written there, as if Redis were unavailable. Give each installation its own Redis:KeyPrefix. At most once a minute.")]
    private static partial void AnotherCluster(ILogger logger, string prefix);
}

/// <summary>Redis' answer; the default value means that there was none.</summary>
public readonly struct RedisAnswer<T>
{
    private readonly T _value;

    public RedisAnswer(T value) => (_value, HasValue) = (value, true);

    public bool HasValue { get; }

    public bool TryGet([MaybeNullWhen(false)] out T value)
    {
        value = _value;
        return HasValue;
    }
}
