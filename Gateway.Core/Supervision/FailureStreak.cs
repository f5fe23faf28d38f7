namespace Gateway.Core.Supervision;

/// <summary>The failures of one loop since it was last well. Used by that loop alone.</summary>
internal sealed class FailureStreak(SupervisionOptions options)
{
    public int Count { get; private set; }

    /// <summary>It fails again and again.</summary>
    public bool IsTooLong => Count >= options.MostFailures;

    public void Reset() => Count = 0;

    /// <summary>One more failure; how long to wait until the next try.</summary>
    /// <param name="wasWell">What lies between this failure and the last one was a healthy run.</param>
    public TimeSpan Failed(bool wasWell)
    {
        Count = wasWell ? 1 : Count + 1;

        // Past twenty doublings the longest pause holds anyway.
        var pause = options.FirstPause * (1 << Math.Min(Count - 1, 20));
        return (pause < options.LongestPause ? pause : options.LongestPause) * (1 + (options.Jitter() / 5));
    }
}
