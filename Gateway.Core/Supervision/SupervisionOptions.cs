using Gateway.Core.Timing;

namespace Gateway.Core.Supervision;

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

    internal BackoffDelays Pauses => new(FirstPause, LongestPause) { Most = 1.2, Random = Jitter };

    /// <summary>How a loop is run; tests make it fail here.</summary>
    internal Func<BackgroundLoop, CancellationToken, Task> Run { get; init; } = static (loop, cancellationToken) => loop.RunAsync(cancellationToken);
}
