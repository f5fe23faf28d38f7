using Gateway.Benchmarks.Cluster;
using Gateway.Benchmarks.Processes;
using Gateway.Benchmarks.Results;

namespace Gateway.Benchmarks.Runs;

/// <summary>
/// Processor time of 1,000 pod changes a second with 1,000 subscribers: over 1,000 services beside over 10,000, since a change should cost the same. Growth: pods
/// of a service.
/// </summary>
internal static class ChurnRun
{
    private const int Rate = 1_000;
    private const int Subscribers = 1_000;

    public static async Task RunAsync(RunContext context)
    {
        var podsOfService = 2 * context.Arguments.Scale;
        if (context.Arguments.Scale > 10)
        {
            context.Progress("10,000 services of 200 pods are more pods than a cluster has; left out");
            return;
        }

        var seconds = (int)Math.Ceiling(context.Duration(10));
        await using var many = await ClusterProcess.StartAsync(new ClusterShape(10_000 * podsOfService, 10_000));
        await using var few = await ClusterProcess.StartAsync(new ClusterShape(1_000 * podsOfService, 1_000));
        await using var overMany = await GatewayProcess.StartAsync(context.Build, many.Url);
        await using var overFew = await GatewayProcess.StartAsync(context.Build, few.Url);
        var pair = await context.AlternateAsync("changes",
            () => MeasureAsync(context, overMany, many, 10_000, seconds), () => MeasureAsync(context, overFew, few, 1_000, seconds), Math.Min(3, context.Arguments.Rounds));
        context.Report(new Figure
        {
            Command = context.Command,
            Name = "10,000 services",
            Scale = context.Arguments.Scale,
            Unit = "cores",
            Gateway = pair.Gateway.Value,
            Goal = "<= 1.0 core",
            IsGoalOfFigure = true,
            Beside = "the same over 1,000 services",
            Yardstick = pair.Yardstick.Value,
            Rounds = pair.Rounds,
            Note = FormattableString.Invariant($"{Rate} changes/s, {Subscribers} subscribers, {pair.Gateway.Value * 1e6 / Rate:0} µs of processor time a change"),
        });
    }

    private static async Task<Sample> MeasureAsync(RunContext context, GatewayProcess gateway, ClusterProcess cluster, int services, int seconds)
    {
        await Streams.OpenAsync(context, gateway.Port, Subscribers, services);
        var before = gateway.CpuSeconds;
        var (result, _) = await Streams.CountAsync(context, 0, () => cluster.ChangeAsync(Rate, seconds, int.MaxValue));
        var used = gateway.CpuSeconds - before;
        await Streams.CloseAsync(context);
        return new(used / result.Seconds, 0);
    }
}
