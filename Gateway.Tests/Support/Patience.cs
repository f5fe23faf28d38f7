namespace Gateway.Tests.Support;

/// <summary>The one generous limit under which tests wait for a signal; reaching it is a failure, never a way to pass.</summary>
internal static class Patience
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
}
