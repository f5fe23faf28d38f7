using Gateway.Benchmarks.Cluster;
using Gateway.Benchmarks.Processes;
using Gateway.Benchmarks.Results;

namespace Gateway.Benchmarks.Runs;

/// <summary>Resident memory of an idle subscriber, beside an idle bare Kestrel stream. Growth: 1,000, 10,000 and 18,000 subscribers.</summary>
internal static class IdleRun
{
    private const int Services = 100;

    public static async Task RunAsync(RunContext context)
    {
        var subscribers = Sizes.IdleStreams(context.Scale);
        await using var cluster = await ClusterProcess.StartAsync(new ClusterShape(Services * 10, Services));
        async Task<Sample> GatewayAsync()
        {
            await using var gateway = await GatewayProcess.StartAsync(context.Build, cluster.Url);
            return await MeasureAsync(context, gateway, gateway.Port, subscribers);
        }

        async Task<Sample> BareAsync()
        {
            await using var gateway = await GatewayProcess.StartAsync(context.Build, cluster.Url);
            await using var bare = await BareProcess.StartAsync(context.Build);
            await bare.AnswerWithAsync(await Streams.AnswerOfAsync(gateway, cluster));
            return await MeasureAsync(context, bare.Process, bare.Port, subscribers);
        }

        // Each measurement has a process of its own.
        var pair = await context.AlternateAsync($"{subscribers} subscribers", GatewayAsync, BareAsync, isWarm: true);
        context.Report(context.Compared($"a subscriber of {subscribers}", "KB", pair, "bare Kestrel") with
        {
            Growth = new Growth("memory of an idle subscriber", subscribers, "subscribers"),
        });
        context.Report(context.Measured($"a subscriber of {subscribers} beyond bare Kestrel's", "KB", pair.Gateway.Value - pair.Yardstick.Value) with
        {
            Noise = pair.Noise,
            Goal = "<= 4 KB",
            Rounds = pair.Rounds,
        });
    }

    private static async Task<Sample> MeasureAsync(RunContext context, ChildProcess server, int port, int subscribers)
    {
        // The first ones pay for code and pools.
        await Streams.OpenAsync(context, port, 100, Services);
        await Task.Delay(TimeSpan.FromSeconds(2));
        var before = server.Resident;
        await Streams.OpenAsync(context, port, subscribers, Services);
        await Task.Delay(TimeSpan.FromSeconds(context.Duration(15)));
        var after = server.Resident;
        await Streams.CloseAsync(context);
        return new((after - before) / 1024.0 / subscribers, 0);
    }
}
