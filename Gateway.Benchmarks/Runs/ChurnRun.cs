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
        var podsOfService = 2 * context.Scale;
        if (context.Scale > 10)
        {
            context.LeaveOut("10,000 services of 200 pods each are 2,000,000 pods, and the largest cluster has 150,000");
            return;
        }

        var seconds = (int)Math.Ceiling(context.Duration(10));
        await using var many = await ClusterProcess.StartAsync(new ClusterShape(10_000 * podsOfService, 10_000));
        await using var few = await ClusterProcess.StartAsync(new ClusterShape(1_000 * podsOfService, 1_000));
        await using var overMany = await GatewayProcess.StartAsync(context.Build, many.Url);
        await using var overFew = await GatewayProcess.StartAsync(context.Build, few.Url);
        var pair = await context.AlternateAsync("changes",
            () => MeasureAsync(context, overMany, many, 10_000, seconds), () => MeasureAsync(context, overFew, few, 1_000, seconds));
        context.Report(context.Compared("10,000 services", "cores", pair, "the same over 1,000 services") with
        {
            CpuRatio = null,
            Goal = "<= 1.0 core",
            IsGoalOfFigure = true,
            Note = FormattableString.Invariant($"{Rate} changes/s, {Subscribers} subscribers, {podsOfService} pods a service, {pair.Gateway.Cpu * 1e6:0} µs of processor time a change"),
            Growth = new Growth("processor time of 1,000 pod changes/s", 10_000 * podsOfService, "pods"),
        });
    }

    // The cores that were busy at this rate, however long a busy machine took for the changes; the processor time of a change.
    private static async Task<Sample> MeasureAsync(RunContext context, GatewayProcess gateway, ClusterProcess cluster, int services, int seconds)
    {
        await Streams.OpenAsync(context, gateway.Port, Subscribers, services);
        var before = gateway.CpuSeconds;
        var (_, log) = await Streams.CountAsync(context, 0, () => cluster.ChangeAsync(Rate, seconds, int.MaxValue));
        var ofChange = (gateway.CpuSeconds - before) / log.Pods.Count;
        await Streams.CloseAsync(context);
        return new(ofChange * Rate, ofChange);
    }
}
