using Gateway.Benchmarks.Cluster;
using Gateway.Benchmarks.Processes;
using Gateway.Benchmarks.Results;
using Microsoft.Diagnostics.NETCore.Client;

namespace Gateway.Benchmarks.Runs;

/// <summary>
/// Resident memory and live heap: idle over a small cluster, and after the sync of many pods, once of pods that Services name and once of pods that
/// nothing names. Beside an idle bare Kestrel. Growth: 2,000, 20,000 and 150,000 pods.
/// </summary>
internal static class MemoryRun
{
    private const double Megabyte = 1024 * 1024;

    // Half a megabyte of pools and queues differs between processes that hold the same, at least: 262 bytes each of 2,000 pods, 26 of 20,000.
    private const double LeastNoise = Megabyte / 2;

    public static async Task RunAsync(RunContext context)
    {
        await using var bare = await BareProcess.StartAsync(context.Build);
        await Task.Delay(TimeSpan.FromSeconds(context.Duration(10)));
        var yardstick = bare.Process.Resident / Megabyte;
        if (context.Arguments.Against is { } url)
        {
            await MeasureAsync(context, "over the control plane", url, yardstick, "", 0);
            return;
        }

        await using var small = await ClusterProcess.StartAsync(Sizes.Small);
        List<double> idles = context.Scale == 1 ? [await MeasureAsync(context, "idle over a small cluster", small.Url, yardstick, "<= 80 MB", 0)] : [];
        while (idles.Count < 3)
            idles.Add(await LiveAsync(context, small.Url));

        // The heaps of processes that hold the same differ: by as much may the heap of one with pods.
        var (idle, noise) = (Sample.MedianOf(idles), 2 * (idles.Max() - idles.Min()));
        var pods = Sizes.Pods(context.Scale);
        foreach (var (name, services, goal) in new[] { ("named by Services", pods / 50, "<= 1024 bytes"), ("named by nothing", 0, "<= 300 bytes") })
        {
            await using var cluster = await ClusterProcess.StartAsync(new ClusterShape(pods, services));
            var live = await MeasureAsync(context, $"{pods} pods {name}", cluster.Url, yardstick, pods == 150_000 && services > 0 ? "<= 400 MB" : "", pods,
                Sizes.OverPods($"resident memory, pods {name}", context.Scale));
            context.Report(context.Measured($"live heap of a pod {name}", "bytes", (live - idle) / pods) with
            {
                Noise = Math.Max(noise, LeastNoise) / pods,
                Goal = goal,
                Note = FormattableString.Invariant($"of {pods} pods"),
            });
        }
    }

    private static async Task<double> LiveAsync(RunContext context, Uri cluster)
    {
        await using var gateway = await GatewayProcess.StartAsync(context.Build, cluster);
        return await LiveHeapAsync(gateway);
    }

    // Returns the bytes of the live heap.
    private static async Task<double> MeasureAsync(RunContext context, string name, Uri cluster, double yardstick, string goal, int pods, Growth? growth = null)
    {
        context.Progress($"{name}: syncing");
        await using var gateway = await GatewayProcess.StartAsync(context.Build, cluster);
        await Task.Delay(TimeSpan.FromSeconds(context.Duration(10)));
        var (resident, peak) = (gateway.Resident / Megabyte, gateway.ResidentPeak / Megabyte);
        var live = await LiveHeapAsync(gateway);
        var shown = await gateway.MetricAsync("registry_gateway_pods");
        if (pods > 0 && shown != pods)
            throw new InvalidOperationException($"The gateway holds {shown} pods of {pods}.");
        context.Report(context.Measured($"resident, {name}", "MB", resident) with
        {
            Goal = goal,
            IsGoalOfFigure = true,
            Beside = "bare Kestrel",
            Yardstick = yardstick,
            Note = FormattableString.Invariant($"peak {peak:0} MB, live heap {live / Megabyte:0.0} MB"),
            Growth = growth,
        });
        return live;
    }

    /// <summary>Bytes that are in use after a full collection, which is asked for through the runtime's diagnostic port.</summary>
    private static async Task<double> LiveHeapAsync(GatewayProcess gateway)
    {
        // GC (0x1) and GCHeapCollect (0x800000): the session begins with a full collection.
        var provider = new EventPipeProvider("Microsoft-Windows-DotNETRuntime", System.Diagnostics.Tracing.EventLevel.Informational, 0x800001);
        for (var i = 0; i < 2; i++)
        {
            using var session = await new DiagnosticsClient(gateway.Id).StartEventPipeSessionAsync([provider], requestRundown: false, circularBufferMB: 1, CancellationToken.None);
            await session.StopAsync(CancellationToken.None);
            await session.EventStream.CopyToAsync(Stream.Null);
        }

        return await gateway.MetricAsync("dotnet_gc_last_collection_heap_size_bytes")
            ?? throw new InvalidOperationException("/metrics has no size of the heap.");
    }
}
