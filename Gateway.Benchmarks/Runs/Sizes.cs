using Gateway.Benchmarks.Cluster;
using Gateway.Benchmarks.Results;

namespace Gateway.Benchmarks.Runs;

/// <summary>
/// The sizes of the scales 1, 10 and 100: the largest cluster is the largest that is supported, and a gateway takes 20,000 streams.
/// </summary>
internal static class Sizes
{
    private const int PodsOfService = 10;

    public static int Pods(int scale) => scale switch { 1 => 2_000, 10 => 20_000, _ => 150_000 };

    /// <summary>Streams without events.</summary>
    public static int IdleStreams(int scale) => scale switch { 1 => 1_000, 10 => 10_000, _ => 18_000 };

    /// <summary>Streams that all receive every event.</summary>
    public static int BusyStreams(int scale) => scale switch { 1 => 200, 10 => 2_000, _ => 10_000 };

    /// <summary>What the other services and pods are to a command that asks for one of them.</summary>
    public static ClusterShape Ordinary(int scale) => new(Pods(scale), Pods(scale) / PodsOfService);

    /// <summary>The same, whose first service has so many pods.</summary>
    public static ClusterShape WithFirst(int scale, int pods) => Ordinary(scale) with { OfFirst = pods };

    /// <summary>Few pods, on the gateway's idle memory and its start.</summary>
    public static ClusterShape Small { get; } = new(20, 5);

    /// <summary>A line of the growth over the cluster's pods.</summary>
    public static Growth OverPods(string name, int scale) => new(name, Pods(scale), "pods");
}
