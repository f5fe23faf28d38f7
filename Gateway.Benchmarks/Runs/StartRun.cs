using System.Diagnostics;
using Gateway.Benchmarks.Processes;
using Gateway.Benchmarks.Results;

namespace Gateway.Benchmarks.Runs;

/// <summary>
/// From the start of the process to the first 200 of /readyz, beside bare Kestrel's first answer: over a small cluster, for which a time is asked, and over
/// larger ones. Growth: 2,000, 20,000 and 150,000 pods.
/// </summary>
internal static class StartRun
{
    public static async Task RunAsync(RunContext context)
    {
        if (context.Arguments.Against is { } url)
        {
            context.Report(await MeasureAsync(context, "to ready over the control plane", url) with { Goal = "<= 1.0 s", IsGoalOfFigure = true });
            return;
        }

        if (context.Scale == 1)
        {
            await using var small = await ClusterProcess.StartAsync(Sizes.Small);
            context.Report(await MeasureAsync(context, $"to ready over {Sizes.Small.Pods} pods", small.Url) with { Goal = "<= 1.0 s", IsGoalOfFigure = true });
        }

        var pods = Sizes.Pods(context.Scale);
        await using var cluster = await ClusterProcess.StartAsync(Sizes.Ordinary(context.Scale));
        context.Report(await MeasureAsync(context, $"to ready over {pods} pods", cluster.Url) with { Growth = Sizes.OverPods("start until ready", context.Scale) });
    }

    private static async Task<Figure> MeasureAsync(RunContext context, string name, Uri cluster)
    {
        async Task<Sample> GatewayAsync()
        {
            await using var gateway = await GatewayProcess.StartAsync(context.Build, cluster);
            return new(gateway.SecondsToReady, gateway.CpuSeconds);
        }

        async Task<Sample> BareAsync()
        {
            await using var bare = await BareProcess.StartAsync(context.Build);
            using var http = new HttpClient();
            using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{bare.Port}/readyz"));
            return new(Stopwatch.GetElapsedTime(bare.Process.Started).TotalSeconds, bare.Process.CpuSeconds);
        }

        // The files of both are read once before.
        var pair = await context.AlternateAsync(name, GatewayAsync, BareAsync);
        return context.Compared(name, "s", pair, "bare Kestrel") with { Note = FormattableString.Invariant($"{pair.Gateway.Cpu:0.00} s of processor time") };
    }
}
