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
/// no answer instead of failing. Its own loop and every call write the availability; anyone reads it.
/// </summary>
public sealed partial class RedisConnection : IAsyncDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    // Kept by every replica each second; after a day without any the prefix is free for another cluster.
    private static readonly TimeSpan ClusterKept = TimeSpan.FromDays(1);

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
    private volatile bool _isAvailable;
    private bool _wasHeard;
    private volatile string? _cluster;
    private volatile bool _isForeign;

    public RedisConnection(RedisOptions options, GatewayMetrics metrics, LoopSupervisor loops, ILogger<RedisConnection> logger, TimeProvider time)
    {
        (_options, _metrics, _logger, _time) = (options, metrics, logger, time);
        (_refusals, _foreigns) = (new LogPace(time), new LogPace(time));
        Keys = new RedisKeys(options.KeyPrefix);
        _clusterKey = [Keys.Cluster];
        Unreadable = new UnreadableInRedis(metrics, logger, time);
        metrics.ObserveRedis(() => _isAvailable);
        _polling = loops.RunAsync(new BackgroundLoop("redis-connection", RunAsync), _ending.Token);
    }

    /// <summary>Raised when <see cref="IsAvailable"/> changed, on any thread. Handlers only signal.</summary>
    public event Action? AvailabilityChanged;

    /// <summary>Whether Redis answered last time, and the connection has not failed since.</summary>
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
    /// <param name="patience">For what carries megabytes; the time of an ordinary call where none is given.</param>
    public async Task<RedisAnswer<T>> TryAsync<T>(Func<IDatabase, Task<T>> call, TimeSpan? patience = null)
    {
        if (Volatile.Read(ref _client) is not { } client || _isForeign)
            return default;
        return await CallAsync(client, call, patience);
    }

    private async Task<RedisAnswer<T>> CallAsync<T>(ConnectionMultiplexer client, Func<IDatabase, Task<T>> call, TimeSpan? patience = null)
    {
        try
        {
            var answer = await call(client.GetDatabase()).WaitAsync(patience ?? _options.CallTimeout, _time);
            SetAvailable(!_isForeign);
            return new RedisAnswer<T>(answer);
        }
        catch (Exception failure) when (IsTrouble(failure))
        {
            _metrics.RedisFailures.Add(1);
            // A server that answers with an error is available.
            if (failure is not RedisServerException)
                SetAvailable(false);
            else if (_refusals.Allows("refused", out _))
                Refused(_logger, LogText.Escaped(failure.Message));
            return default;
        }
    }

    /// <summary>
    /// Runs a script as one step and returns its rows, each of which may be anything. The client sends the script's hash, and its text to a server
    /// that does not know it.
    /// </summary>
    public async Task<RedisAnswer<RedisValue[]>> TryScriptAsync(RedisScript script, RedisKey[] keys, RedisValue[] arguments, TimeSpan? patience = null)
    {
        var answer = await TryAsync(database => database.ScriptEvaluateAsync(script.Text, keys, arguments), patience);
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
        try
        {
            await client.GetSubscriber().SubscribeAsync(Literal(channel), (_, message) => received(message))
                .WaitAsync(_options.CallTimeout, _time);
            return true;
        }
        catch (Exception failure) when (IsTrouble(failure))
        {
            return false;
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
        _ending.Dispose();
    }

    private static RedisChannel Literal(string channel) => new(channel, RedisChannel.PatternMode.Literal);

    private static bool IsTrouble(Exception failure) =>
        failure is RedisException or TimeoutException or ObjectDisposedException or OperationCanceledException or System.Net.Sockets.SocketException;

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                if (Volatile.Read(ref _client) is not null || await ConnectAsync())
                    await CompareClusterAsync(Volatile.Read(ref _client)!);
                await _signal.WaitAsync(PollInterval, _time, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    /// <summary>Also tells whether Redis answers.</summary>
    private async Task CompareClusterAsync(ConnectionMultiplexer client)
    {
        if (_cluster is not { } cluster)
        {
            await CallAsync(client, static database => database.PingAsync());
            return;
        }

        await CallAsync(client, async database =>
        {
            var result = await database.ScriptEvaluateAsync(ClusterScript.Text, _clusterKey, [cluster, (long)ClusterKept.TotalMilliseconds]);
            if (RedisInput.TryRows(result, out var rows) && rows.Length == 2 && RedisInput.TryNumber(rows[0], 0, 1, out var dropped)
                && RedisInput.TryNumber(rows[1], 0, 1, out var isOurs))
            {
                Unreadable.Skip(RedisStore.Replicas, dropped);
                _isForeign = isOurs == 0;
            }

            return _isForeign;
        });
        if (_isForeign && _foreigns.Allows("cluster", out _))
            AnotherCluster(_logger, Keys.Prefix);
    }

    [SuppressMessage("Reliability", "CA2000", Justification = "Kept until disposal.")]
    private async Task<bool> ConnectAsync()
    {
        try
        {
            var client = await ConnectionMultiplexer.ConnectAsync(_options.ToClient());
            client.ConnectionFailed += (_, failure) =>
            {
                if (failure.ConnectionType == ConnectionType.Interactive)
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
        "Redis is unavailable: leases are frozen, heartbeats are kept in memory and sent when it is back; lookups and registrations continue")]
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
