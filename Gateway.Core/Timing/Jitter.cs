namespace Gateway.Core.Timing;

/// <summary>Randomises the times that callers are asked to wait, so that callers who were refused together do not return together.</summary>
public static class Jitter
{
    /// <summary>Between one and one and a half times <paramref name="least"/>.</summary>
    public static TimeSpan AtLeast(TimeSpan least) => least * (1 + (Random.Shared.NextDouble() / 2));
}
