namespace Gateway.Core.Identity;

/// <summary>Pauses that spread those who wait, so that they do not come back together.</summary>
internal static class Pause
{
    /// <summary>Between one and one and a half times <paramref name="at"/>.</summary>
    public static TimeSpan Jittered(TimeSpan at) => at * (1 + Random.Shared.NextDouble() / 2);
}
