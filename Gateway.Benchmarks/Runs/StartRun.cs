using System.Diagnostics;
using Gateway.Benchmarks.Cluster;
using Gateway.Benchmarks.Load;
using Gateway.Benchmarks.Processes;
using Gateway.Benchmarks.Results;

namespace Gateway.Benchmarks.Runs;

/// <summary>From the start of the process to the first 200 of /readyz, beside bare Kestrel's first answer. Growth: pods in the cluster, from 20.</summary>
internal static class StartRun
{
    public static async Task RunAsync(RunContext context)
    {
        await using var cluster = context.Arguments.Against is null ? await ClusterProcess.StartAsync(Small(context.Arguments.Scale)) : null;
        var url = context.Arguments.Against ?? cluster!.Url;
        async Task<Sample> GatewayAsync()
        {
            await using var gateway = await GatewayProcess.StartAsync(context.Build, url);
            return new(gateway.SecondsToReady, gateway.CpuSeconds);
        }

        async Task<Sample> BareAsync()
        {
            await using var bare = await BareProcess.StartAsync(context.Build);
            using var http = new HttpClient();
            using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{bare.Port}/readyz"));
            return new(Stopwatch.GetElapsedTime(bare.Process.Started).TotalSeconds, bare.Process.CpuSeconds);
        }

        var pair = await context.AlternateAsync("start", GatewayAsync, BareAsync);
        context.Report(new Figure
        {
            Command = context.Command,
            Name = "to ready",
            Scale = context.Arguments.Scale,
            Unit = "s",
            Gateway = pair.Gateway.Value,
            Goal = "<= 1.0 s",
            IsGoalOfFigure = true,
            Beside = "bare Kestrel",
            Yardstick = pair.Yardstick.Value,
            CpuRatio = pair.CpuRatio,
            Rounds = pair.Rounds,
            Note = FormattableString.Invariant($"{pair.Gateway.Cpu:0.00} s of processor time"),
        });
    }

    /// <summary>A small cluster, and 10 and 100 times as many pods.</summary>
    public static ClusterShape Small(int scale) => new(20 * scale, 5 * scale);
}
