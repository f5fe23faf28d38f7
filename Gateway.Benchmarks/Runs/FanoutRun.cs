using Gateway.Benchmarks.Cluster;
using Gateway.Benchmarks.Processes;
using Gateway.Benchmarks.Results;

namespace Gateway.Benchmarks.Runs;

/// <summary>
/// Events that all subscribers of one service receive a second, at 100 changes a second, beside bare Kestrel streams with the same events. Growth: 200, 2,000
/// and 18,000 subscribers.
/// </summary>
internal static class FanoutRun
{
    private const int Pods = 100;
    private const int Rate = 100;

    public static async Task RunAsync(RunContext context)
    {
        var subscribers = context.Arguments.Scale switch { 1 => 200, 10 => 2_000, _ => 18_000 };
        await using var cluster = await ClusterProcess.StartAsync(new ClusterShape(Pods, 1));
        await using var gateway = await GatewayProcess.StartAsync(context.Build, cluster.Url);
        await using var bare = await BareProcess.StartAsync(context.Build);
        await bare.AnswerWithAsync(await Streams.AnswerOfAsync(gateway, cluster));
        var seconds = (int)Math.Ceiling(context.Duration(5));
        var pair = await context.AlternateAsync($"{subscribers} subscribers",
            () => MeasureAsync(context, gateway, gateway.Port, subscribers, () => cluster.ChangeAsync(Rate, seconds, Pods)),
            () => MeasureAsync(context, bare.Process, bare.Port, subscribers, () => bare.ChangeAsync(Rate, seconds, Pods)), Math.Min(3, context.Arguments.Rounds));
        context.Report(new Figure
        {
            Command = context.Command,
            Name = $"{subscribers} subscribers of one service",
            Scale = context.Arguments.Scale,
            Unit = "events/s",
            Gateway = pair.Gateway.Value,
            Beside = "bare Kestrel",
            Yardstick = pair.Yardstick.Value,
            CpuRatio = pair.CpuRatio,
            Goal = ">= 0.9",
            Rounds = pair.Rounds,
            Note = FormattableString.Invariant($"{Rate} changes/s, {pair.Gateway.Cpu * 1e6:0.0} µs of processor time an event"),
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
