using System.Globalization;

namespace Gateway.Tests.Hostile;

/// <summary>
/// How the hostile generators run: each test prints its seed, and <c>GATEWAY_TEST_SEED</c> repeats one; <c>GATEWAY_TEST_HOSTILE=full</c> runs the
/// full counts, alone in its process, with the bounds of memory and CPU that a busy test process could not keep.
/// </summary>
internal static class HostileRun
{
    public static bool IsFull { get; } = Environment.GetEnvironmentVariable("GATEWAY_TEST_HOSTILE") == "full";

    public static int Seed(ITestOutputHelper output)
    {
        var seed = Environment.GetEnvironmentVariable("GATEWAY_TEST_SEED") is { } given ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next();
        output.WriteLine($"GATEWAY_TEST_SEED={seed}");
        return seed;
    }

    public static int Count(int small, int full) => IsFull ? full : small;

    /// <summary>What is live after a full collection.</summary>
    public static long LiveBytes()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    public static T Of<T>(this Random random, params ReadOnlySpan<T> choices) => choices[random.Next(choices.Length)];

    /// <summary>True once in so many times.</summary>
    public static bool Once(this Random random, int times) => random.Next(times) == 0;
}
