namespace Gateway.Core.Supervision;

/// <summary>The failures of one loop since its last healthy run. Used by that loop alone.</summary>
internal sealed class FailureStreak(SupervisionOptions options)
{
    public int Count { get; private set; }

    /// <summary>The loop has failed too often in a row.</summary>
    public bool IsTooLong => Count >= options.MostFailures;

    public void Reset() => Count = 0;

    /// <summary>One more failure; how long to wait until the next try.</summary>
    /// <param name="wasWell">There was a healthy run between the last failure and this one.</param>
    public TimeSpan Failed(bool wasWell)
    {
        Count = wasWell ? 1 : Count + 1;

        // After twenty doublings the longest pause applies in any case.
        var pause = options.FirstPause * (1 << Math.Min(Count - 1, 20));
        return (pause < options.LongestPause ? pause : options.LongestPause) * (1 + (options.Jitter() / 5));
    }
}

/// <summary>The pauses and limits by which failed loops are restarted. Set at start; the loops' supervisor reads them.</summary>
public sealed record SupervisionOptions
{
    /// <summary>The pause after a first failure; doubled with each one that follows.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A loop that ran for this long is healthy: its next failure is a first one again.</summary>
    public TimeSpan HealthyAfter { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>This many failures in a row, without a healthy run in between, end the process: about eight minutes of pauses.</summary>
    public int MostFailures { get; init; } = 20;

    /// <summary>Spreads the pauses, so that replicas with the same failure do not restart at the same time: 0 (inclusive) to 1 (exclusive).</summary>
    public Func<double> Jitter { get; init; } = Random.Shared.NextDouble;

    /// <summary>How a loop is run; tests make it fail here.</summary>
    internal Func<BackgroundLoop, CancellationToken, Task> Run { get; init; } = static (loop, cancellationToken) => loop.RunAsync(cancellationToken);
}
