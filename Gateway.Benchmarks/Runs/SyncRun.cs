using System.Diagnostics;
using System.Text;
using Gateway.Benchmarks.Cluster;
using Gateway.Benchmarks.Load;
using Gateway.Benchmarks.Processes;

namespace Gateway.Benchmarks.Runs;

/// <summary>
/// The first sync of a cluster, from the first request for pods to the first 200 of /readyz, beside a client that reads and discards the same bytes;
/// by JSON and by protobuf. Against a control plane that is there: from the start of the process. Growth: 2,000, 20,000 and 150,000 pods.
/// </summary>
internal static class SyncRun
{
    private static readonly string[] Paths =
    [
        "/api/v1/pods", "/api/v1/services", "/apis/discovery.k8s.io/v1/endpointslices", "/api/v1/nodes", "/api/v1/namespaces",
    ];

    public static async Task RunAsync(RunContext context)
    {
        var pods = Sizes.Pods(context.Scale);
        foreach (var isProtobuf in new[] { false, true })
        {
            var name = $"{(context.Arguments.Against is null ? $"{pods} pods" : "the control plane")} by {(isProtobuf ? "protobuf" : "JSON")}";
            if (context.Arguments.Against is { } url)
            {
                await MeasureAsync(context, name, url, isProtobuf, static gateway => Task.FromResult(gateway.SecondsToReady), static () => Task.CompletedTask);
                continue;
            }

            await using var cluster = await ClusterProcess.StartAsync(new ClusterShape(pods, Math.Max(1, pods / 50)));
            await MeasureAsync(context, name, cluster.Url, isProtobuf,
                async gateway => Stopwatch.GetElapsedTime((await cluster.CountsAsync()).FirstList, gateway.Ready).TotalSeconds, cluster.CountsAsync);
        }
    }

    private static async Task MeasureAsync(RunContext context, string name, Uri cluster, bool isProtobuf, Func<GatewayProcess, Task<double>> secondsOf, Func<Task> resetAsync)
    {
        var settings = new Dictionary<string, string> { ["Kubernetes__Protobuf"] = isProtobuf ? "true" : "false" };
        double peak = 0;
        async Task<Sample> SyncAsync()
        {
            await using var gateway = await GatewayProcess.StartAsync(context.Build, cluster, settings);
            peak = Math.Max(peak, gateway.ResidentPeak);
            return new(await secondsOf(gateway), gateway.CpuSeconds);
        }

        async Task<Sample> DiscardAsync()
        {
            var result = await context.Load.RunAsync(Discard(cluster, isProtobuf));
            await resetAsync();
            return new(result.Seconds, 0);
        }

        // The server encodes its lists when they are first read, and each gateway is a process of its own.
        await DiscardAsync();
        var pair = await context.AlternateAsync(name, SyncAsync, DiscardAsync, isWarm: context.Scale > 10);
        var bytes = (await context.Load.RunAsync(Discard(cluster, isProtobuf))).Bytes;
        context.Report(context.Compared(name, "s", pair, "read and discard") with
        {
            Note = FormattableString.Invariant($"{bytes / 1e6:N1} MB, {pair.Gateway.Cpu:0.0} s of processor time from the start of the process, peak {peak / 1048576:0} MB"),
            Growth = context.Arguments.Against is null ? Sizes.OverPods($"sync by {(isProtobuf ? "protobuf" : "JSON")}", context.Scale) : null,
        });
    }

    // As the gateway asks: streaming lists.
    private static LoadOrder Discard(Uri cluster, bool isProtobuf) => new(LoadKind.Discard, cluster.Port)
    {
        Requests =
        [
            .. Paths.Select(path => Encoding.UTF8.GetBytes(
                $"{path}?watch=1&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&timeoutSeconds=600 {(isProtobuf ? Protobuf.MediaType + ";stream=watch" : "application/json")}")),
        ],
    };
}
