namespace Gateway.Core.Supervision;

/// <summary>The numbers by which failed loops go on. Settled at start; the loops' supervisor reads them.</summary>
public sealed record SupervisionOptions
{
    /// <summary>The pause after a first failure; doubled with each one that follows.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A loop that ran for so long is well: its next failure is a first one again.</summary>
    public TimeSpan HealthyAfter { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>So many failures in a row, none of them after a healthy run, end the process: about eight minutes of pauses.</summary>
    public int MostFailures { get; init; } = 20;

    /// <summary>Spreads the pauses, so that replicas that meet the same failure do not go on in step: 0 (inclusive) to 1 (exclusive).</summary>
    public Func<double> Jitter { get; init; } = Random.Shared.NextDouble;

    /// <summary>How a loop is run; tests make it fail here.</summary>
    internal Func<BackgroundLoop, CancellationToken, Task> Run { get; init; } = static (loop, cancellationToken) => loop.RunAsync(cancellationToken);
}
