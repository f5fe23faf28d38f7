using System.Collections.Concurrent;
using Gateway.Core.Timing;

namespace Gateway.Core.Redis;

/// <summary>
/// A part of what replicas share: publishes what waits here as a batch, and takes what came from others since its cursor. Its calls do not wait for
/// those of other parts.
/// </summary>
public interface IExchanged
{
    /// <summary>Called by a part that has something to send before the next second. Set once, before anything runs.</summary>
    Action? Wake { get; set; }

    /// <summary>One exchange; called while Redis is available, by one caller at a time.</summary>
    Task ExchangeAsync();

    /// <summary>Redis is available again after it was not: it may hold anything, so all of it is read again.</summary>
    void ReadAllAgain()
    {
    }

    /// <summary>This replica ends.</summary>
    Task LeaveAsync() => Task.CompletedTask;
}

/// <summary>
/// The one loop in which replicas exchange what they share, and the only one that asks Redis while nothing happens. Every second the connection
/// compares its cluster and all parts exchange at the same time, in one round trip; a part that has something to send does so at once, alone. Its loop alone calls the parts; any thread wakes it, and the connection's threads note that Redis was
/// away.
/// </summary>
public sealed class RedisExchange
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    private readonly RedisConnection _redis;
    private readonly TimeProvider _time;
    private readonly IReadOnlyList<IExchanged> _parts;
    private readonly ConcurrentDictionary<IExchanged, bool> _woken = new();
    private readonly WakeSignal _signal = new();
    private volatile bool _wasAway;
    private long _rounds;

    public RedisExchange(RedisConnection redis, TimeProvider time, params IReadOnlyList<IExchanged> parts)
    {
        (_redis, _time, _parts) = (redis, time, parts);
        foreach (var part in parts)
            part.Wake = () => Wake(part);
    }

    /// <summary>How many times all parts have exchanged, or Redis was unavailable when they were to.</summary>
    internal long Rounds => Interlocked.Read(ref _rounds);

    /// <summary>Exchanges until cancelled. A part that fails fails the loop after the others have ended; what it was to send it keeps.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        _redis.AvailabilityChanged += OnAvailabilityChanged;
        try
        {
            while (true)
            {
                var started = _time.GetTimestamp();
                await ExchangeAsync(_parts, _redis.LookAsync);
                Interlocked.Increment(ref _rounds);
                while (PollInterval - _time.GetElapsedTime(started) is { Ticks: > 0 } left)
                {
                    if (await _signal.WaitAsync(left, _time, cancellationToken))
                        await ExchangeAsync([.. _woken.Keys]);
                }

                cancellationToken.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await Task.WhenAll(_parts.Select(static part => part.LeaveAsync()));
        }
        finally
        {
            _redis.AvailabilityChanged -= OnAvailabilityChanged;
        }
    }

    private void OnAvailabilityChanged()
    {
        if (!_redis.IsAvailable)
            _wasAway = true;
    }

    private void Wake(IExchanged part)
    {
        _woken[part] = true;
        _signal.Set();
    }

    private async Task ExchangeAsync(IReadOnlyList<IExchanged> parts, Func<Task>? look = null)
    {
        if (!_redis.IsAvailable)
            return;

        if (_wasAway)
        {
            _wasAway = false;
            foreach (var part in _parts)
                part.ReadAllAgain();
        }

        foreach (var part in parts)
            _woken.TryRemove(part, out _);
        await Task.WhenAll([look?.Invoke() ?? Task.CompletedTask, .. parts.Select(static part => part.ExchangeAsync())]);
    }
}
