namespace Gateway.Core.Timing;

/// <summary>
/// The delays between the attempts of one task: each longer than the one before, random within bounds, at least as long as the server asks for.
/// The task that retries is its only user.
/// </summary>
public sealed class Backoff(BackoffDelays delays, TimeProvider time)
{
    private TimeSpan _last;
    private long _lastFailure;

    /// <summary>Failures in a row.</summary>
    public int Failures { get; private set; }

    /// <summary>It works: the next failure is a first one again.</summary>
    public void Reset() => Failures = 0;

    /// <summary>One more failure; how long to wait until the next attempt.</summary>
    /// <param name="retryAfter">What the server asks for, if it does. It is never shortened.</param>
    public TimeSpan Next(TimeSpan? retryAfter = null)
    {
        if (Failures > 0 && time.GetElapsedTime(_lastFailure) >= delays.ResetAfter + _last)
            Failures = 0;
        _lastFailure = time.GetTimestamp();
        _last = delays.Draw(Failures, retryAfter);
        Failures++;
        return _last;
    }

    /// <summary>Waits until the next attempt.</summary>
    public Task WaitAsync(TimeSpan? retryAfter, CancellationToken cancellationToken) => Task.Delay(Next(retryAfter), time, cancellationToken);

    /// <summary>Waits until the next attempt; false: <paramref name="deadline"/> comes first.</summary>
    /// <param name="retryAfter">What the server asks for, if it does.</param>
    /// <param name="limit">The whole time that all attempts have: a delay of that length is not begun.</param>
    /// <param name="deadline">Cancelled when that time is over.</param>
    public async Task<bool> TryWaitAsync(TimeSpan? retryAfter, TimeSpan limit, CancellationToken deadline)
    {
        var delay = Next(retryAfter);
        if (delay >= limit)
            return false;
        try
        {
            await Task.Delay(delay, time, deadline);
            return true;
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            return false;
        }
    }
}

/// <summary>How the delays of a <see cref="Backoff"/> grow. Immutable; many tasks share one.</summary>
/// <param name="First">The delay after a first failure.</param>
/// <param name="Longest">No delay is longer, before its random part.</param>
public sealed record BackoffDelays(TimeSpan First, TimeSpan Longest)
{
    /// <summary>For calls to the API server that a caller waits for.</summary>
    public static readonly BackoffDelays OfCalls = new(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(6.4));

    // After so many doublings the longest delay applies in any case.
    private const int MaxDoublings = 20;

    /// <summary>Each delay is multiplied by a random number from this on. 0 spreads the delays the most.</summary>
    public double Least { get; init; } = 1;

    /// <summary>Each delay is multiplied by a random number up to this, so that clients that failed together do not retry together.</summary>
    public double Most { get; init; } = 1.5;

    /// <summary>After this time without a failure the next one is a first one; null: only after <see cref="Backoff.Reset"/>.</summary>
    public TimeSpan? ResetAfter { get; init; }

    /// <summary>The random number of every delay: 0 (inclusive) to 1 (exclusive).</summary>
    public Func<double> Random { get; init; } = System.Random.Shared.NextDouble;

    /// <summary>A delay after <paramref name="failures"/> earlier ones in a row.</summary>
    internal TimeSpan Draw(int failures, TimeSpan? retryAfter)
    {
        var doubled = First * (1 << Math.Min(failures, MaxDoublings));
        var own = (doubled < Longest ? doubled : Longest) * (Least + ((Most - Least) * Random()));

        // A server that asks for a time asks many clients for the same.
        return retryAfter > own ? retryAfter.Value * (1 + (Random() / 5)) : own;
    }
}
