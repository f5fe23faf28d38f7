using System.Diagnostics.CodeAnalysis;
using Gateway.Core.Diagnostics;
using Gateway.Core.Supervision;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Gateway.Core.Redis;

/// <summary>
/// The way to Redis, and whether it can be gone: absent at a start or lost later, it is tried again for ever and nobody fails for it. Its own
/// loop and every failed call write the condition; anyone reads it.
/// </summary>
public sealed partial class RedisConnection : IAsyncDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    private readonly RedisOptions _options;
    private readonly GatewayMetrics _metrics;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly LogPace _refusals;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _looking;
    private ConnectionMultiplexer? _client;
    private volatile bool _isAvailable;
    private bool _wasHeard;

    public RedisConnection(RedisOptions options, GatewayMetrics metrics, LoopSupervisor loops, ILogger<RedisConnection> logger, TimeProvider time)
    {
        (_options, _metrics, _logger, _time) = (options, metrics, logger, time);
        _refusals = new LogPace(time);
        Unreadable = new UnreadableInRedis(metrics, logger, time);
        metrics.ObserveRedis(() => _isAvailable);
        _looking = loops.RunAsync(new BackgroundLoop("redis-connection", LookAsync), _ending.Token);
    }

    /// <summary>Raised when <see cref="IsAvailable"/> turned, on any thread. Handlers only signal.</summary>
    public event Action? AvailabilityChanged;

    /// <summary>The last that was heard of Redis was an answer.</summary>
    public bool IsAvailable => _isAvailable;

    /// <summary>Hears of everything that came from Redis and could not be read.</summary>
    public UnreadableInRedis Unreadable { get; }

    /// <summary>Makes one call; without an answer in time <see cref="RedisAnswer{T}.HasValue"/> is false, and the call may have been carried out.</summary>
    /// <param name="patience">For what carries megabytes; the time of an ordinary call where none is given.</param>
    public async Task<RedisAnswer<T>> TryAsync<T>(Func<IDatabase, Task<T>> call, TimeSpan? patience = null)
    {
        if (Volatile.Read(ref _client) is not { } client)
            return default;
        try
        {
            var answer = await call(client.GetDatabase()).WaitAsync(patience ?? _options.CallTimeout, _time);
            Turn(true);
            return new RedisAnswer<T>(answer);
        }
        catch (Exception failure) when (IsTrouble(failure))
        {
            _metrics.RedisFailures.Add(1);
            // Redis that answers with an error is there.
            if (failure is not RedisServerException)
                Turn(false);
            else if (_refusals.Allows("refused", out _))
                Refused(_logger, LogText.Escaped(failure.Message));
            return default;
        }
    }

    /// <summary>
    /// Runs a script as one step and answers its rows, each of which may be anything. A server that was started anew has forgotten the script: it
    /// is sent once more.
    /// </summary>
    public async Task<RedisAnswer<RedisValue[]>> TryScriptAsync(RedisScript script, RedisKey[] keys, RedisValue[] arguments, TimeSpan? patience = null)
    {
        var answer = await TryAsync(EvaluateAsync, patience);
        if (!answer.TryGet(out var result))
            return default;
        if (!RedisInput.TryRows(result, out var rows) || rows.Length == 0 || !RedisInput.TryNumber(rows[0], 0, long.MaxValue, out var dropped))
        {
            Unreadable.Skip(script.Store);
            return default;
        }

        Unreadable.Skip(script.Store, dropped);
        return new RedisAnswer<RedisValue[]>(rows[1..]);

        async Task<RedisResult> EvaluateAsync(IDatabase database)
        {
            try
            {
                return await database.ScriptEvaluateAsync(script.Text, keys, arguments);
            }
            catch (RedisServerException)
            {
                return await database.ScriptEvaluateAsync(script.Text, keys, arguments);
            }
        }
    }

    /// <summary>Hears a channel from now on, over every reconnection; false when Redis is away now.</summary>
    public async Task<bool> TrySubscribeAsync(string channel, Action<RedisValue> heard)
    {
        if (Volatile.Read(ref _client) is not { } client)
            return false;
        try
        {
            await client.GetSubscriber().SubscribeAsync(Literal(channel), (_, message) => heard(message))
                .WaitAsync(_options.CallTimeout, _time);
            return true;
        }
        catch (Exception failure) when (IsTrouble(failure))
        {
            return false;
        }
    }

    /// <summary>How many hear it; false when Redis is away.</summary>
    public Task<RedisAnswer<long>> TryPublishAsync(string channel, RedisValue message) =>
        TryAsync(database => database.PublishAsync(Literal(channel), message));

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _looking;
        Volatile.Read(ref _client)?.Dispose();
        _ending.Dispose();
    }

    private static RedisChannel Literal(string channel) => new(channel, RedisChannel.PatternMode.Literal);

    private static bool IsTrouble(Exception failure) =>
        failure is RedisException or TimeoutException or ObjectDisposedException or OperationCanceledException or System.Net.Sockets.SocketException;

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        using var clock = new PeriodicTimer(PollInterval, _time);
        try
        {
            do
            {
                if (Volatile.Read(ref _client) is not null || await ConnectAsync())
                    await TryAsync(static database => database.PingAsync());
            }
            while (await clock.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
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
                    Turn(false);
            };
            Volatile.Write(ref _client, client);
            return true;
        }
        catch (Exception failure) when (IsTrouble(failure))
        {
            Turn(false);
            return false;
        }
    }

    private void Turn(bool isAvailable)
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
            Away(_logger);
        AvailabilityChanged?.Invoke();
    }

    [LoggerMessage(2100, LogLevel.Information, "Redis answers: leases, POST times and the saved state are shared with the other replicas")]
    private static partial void Available(ILogger logger);

    [LoggerMessage(2101, LogLevel.Warning,
        "Redis is away: leases are frozen, heartbeats are kept in memory and handed over on its return; lookups and registrations go on")]
    private static partial void Away(ILogger logger);

    [LoggerMessage(2102, LogLevel.Warning, "Redis refused a call; what it was for is tried again: {Reason}")]
    private static partial void Refused(ILogger logger, string reason);
}

/// <summary>What Redis answered; the default is that it did not.</summary>
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
