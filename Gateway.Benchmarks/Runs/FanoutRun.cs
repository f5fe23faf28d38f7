using Gateway.Benchmarks.Cluster;
using Gateway.Benchmarks.Processes;
using Gateway.Benchmarks.Results;

namespace Gateway.Benchmarks.Runs;

/// <summary>
/// Events that all subscribers of one service receive a second, beside bare Kestrel streams with the same events. Growth: 200, 2,000 and 10,000 subscribers.
/// </summary>
internal static class FanoutRun
{
    private const int Pods = 100;

    // What is asked for is 2,000 subscribers at 100 changes a second. More events than that are more than two cores write, on either side.
    private const int MostEvents = 200_000;

    public static async Task RunAsync(RunContext context)
    {
        var subscribers = Sizes.BusyStreams(context.Scale);
        var rate = Math.Min(100, MostEvents / subscribers);
        await using var cluster = await ClusterProcess.StartAsync(new ClusterShape(Pods, 1));
        await using var gateway = await GatewayProcess.StartAsync(context.Build, cluster.Url);
        await using var bare = await BareProcess.StartAsync(context.Build);
        await bare.AnswerWithAsync(await Streams.AnswerOfAsync(gateway, cluster));
        var seconds = (int)Math.Ceiling(context.Duration(5));
        var pair = await context.AlternateAsync($"{subscribers} subscribers",
            () => MeasureAsync(context, gateway, gateway.Port, subscribers, () => cluster.ChangeAsync(rate, seconds, Pods)),
            () => MeasureAsync(context, bare.Process, bare.Port, subscribers, () => bare.ChangeAsync(rate, seconds, Pods)));
        context.Report(context.Compared($"{subscribers} subscribers of one service", "events/s", pair, "bare Kestrel") with
        {
            Goal = ">= 0.9",
            Note = FormattableString.Invariant($"{rate} changes/s, {pair.Gateway.Cpu * 1e6:0.0} µs of processor time an event"),
        });
        context.Report(context.Measured($"processor time of an event to one of {subscribers}", "µs", pair.Gateway.Cpu * 1e6) with
        {
            Beside = "bare Kestrel",
            Yardstick = pair.Yardstick.Cpu * 1e6,
            Rounds = pair.Rounds,
            Growth = new Growth("processor time of a fan-out event", subscribers, "subscribers"),
        });
    }

    private static async Task<Sample> MeasureAsync(RunContext context, ChildProcess server, int port, int subscribers, Func<Task<ChangeLog>> change)
    {
        await Streams.OpenAsync(context, port, subscribers, 1);
        var cpu = server.CpuSeconds;
        var (result, _) = await Streams.CountAsync(context, 0, change);
        var used = server.CpuSeconds - cpu;
        await Streams.CloseAsync(context);
        return new(result.Events / result.Seconds, used / Math.Max(1, result.Events));
    }
}
