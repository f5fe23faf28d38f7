using Gateway.Core.Timing;

namespace Gateway.Core.Kubernetes.Informers;

/// <summary>
/// Compares the cache with the API server, one kind after the other, spread over the interval: a watch that lost an event and goes on is noticed
/// by nothing else. Each replica compares its own cache. Its loop is the only user of what it holds.
/// </summary>
public sealed class CacheWatchdog
{
    private static readonly BackoffDelays Delays = new(TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5));

    private readonly IReadOnlyList<ICacheComparison> _comparisons;
    private readonly TimeSpan _interval;
    private readonly Func<double> _jitter;
    private readonly TimeProvider _time;

    internal CacheWatchdog(IReadOnlyList<ICacheComparison> comparisons, TimeSpan interval, Func<double> jitter, TimeProvider time) =>
        (_comparisons, _interval, _jitter, _time) = (comparisons, interval, jitter, time);

    /// <summary>One for each kind and scope, in the order in which they are run.</summary>
    internal IReadOnlyList<ICacheComparison> Comparisons => _comparisons;

    /// <summary>Until cancelled. The first comparison comes after half an interval to a whole one, at random: replicas start together.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var failures = new Backoff(Delays with { Random = _jitter }, _time);
        var wait = _interval * ((1 + _jitter()) / 2);
        try
        {
            while (true)
            {
                foreach (var comparison in _comparisons)
                {
                    await Task.Delay(wait, _time, cancellationToken);
                    var began = _time.GetTimestamp();
                    var end = await comparison.RunAsync(cancellationToken);
                    wait = Least(TimeSpan.Zero, (_interval / _comparisons.Count) - _time.GetElapsedTime(began));
                    if (end.Failure is null)
                        failures.Reset();
                    else
                        wait = Least(failures.Next(end.Failure.RetryAfter), wait);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    private static TimeSpan Least(TimeSpan least, TimeSpan wait) => wait < least ? least : wait;
}

/// <summary>Keeps all requests of the watchdog apart. Its loop alone uses it.</summary>
internal sealed class WatchdogPace(TimeSpan pause, TimeProvider time)
{
    private long? _last;

    /// <summary>Waits until the pause since the last request is over, and begins the next one.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        while (_last is { } last && pause - time.GetElapsedTime(last) is var wait && wait > TimeSpan.Zero)
            await Task.Delay(wait, time, cancellationToken);
        _last = time.GetTimestamp();
    }
}
