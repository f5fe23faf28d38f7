using System.Diagnostics;
using Gateway.Benchmarks.Cluster;
using Gateway.Benchmarks.Load;
using Gateway.Benchmarks.Processes;
using Gateway.Benchmarks.Results;

namespace Gateway.Benchmarks.Runs;

/// <summary>
/// From the moment in which the API server writes a watch frame until a subscriber has read the event, for one subscriber and for the last of 1,000; beside a
/// bare Kestrel that writes the same event to as many streams without a watch before it. Growth: 10,000 and 18,000 subscribers.
/// </summary>
internal static class PropagationRun
{
    private const int Pods = 100;

    public static async Task RunAsync(RunContext context)
    {
        await using var cluster = await ClusterProcess.StartAsync(new ClusterShape(Pods, 1));
        await using var gateway = await GatewayProcess.StartAsync(context.Build, cluster.Url);
        await using var bare = await BareProcess.StartAsync(context.Build);
        await bare.AnswerWithAsync(await Streams.AnswerOfAsync(gateway, cluster));
        var seconds = (int)Math.Ceiling(context.Duration(6));
        int[] sizes = context.Arguments.Scale switch { 1 => [1, 1_000], 10 => [10_000], _ => [18_000] };
        foreach (var subscribers in sizes)
        {
            // Delays of a machine that keeps up: 50,000 events a second at most.
            var rate = Math.Min(50, 50_000 / subscribers);
            List<Delays> ours = [], theirs = [];
            async Task<Sample> GatewayAsync() => Add(ours, await MeasureAsync(context, gateway.Port, subscribers, () => cluster.ChangeAsync(rate, seconds, Pods)));
            async Task<Sample> BareAsync() => Add(theirs, await MeasureAsync(context, bare.Port, subscribers, () => bare.ChangeAsync(rate, seconds, Pods)));
            var rounds = Math.Min(3, context.Arguments.Rounds);
            await context.AlternateAsync($"{subscribers} subscribers", GatewayAsync, BareAsync, rounds);
            foreach (var (name, goal, of) in new (string, string, Func<Delays, double>)[]
            {
                ("p50", subscribers == 1 ? "<= 1 ms" : "", static delays => delays.P50), ("p99", subscribers == 1 ? "<= 10 ms" : subscribers == 1000 ? "<= 50 ms" : "", static delays => delays.P99),
            })
            {
                context.Report(new Figure
                {
                    Command = context.Command,
                    Name = subscribers == 1 ? $"one subscriber, {name}" : $"the last of {subscribers}, {name}",
                    Scale = context.Arguments.Scale,
                    Unit = "ms",
                    Gateway = Sample.MedianOf(ours.Skip(1).Select(of)),
                    Beside = "bare Kestrel",
                    Yardstick = Sample.MedianOf(theirs.Skip(1).Select(of)),
                    Goal = goal,
                    IsGoalOfFigure = true,
                    Rounds = rounds,
                    Note = FormattableString.Invariant($"{rate} changes/s, {ours[^1].Count} changes, {ours.Sum(static one => one.Lost)} events conflated"),
                });
            }
        }
    }

    private static Sample Add(List<Delays> all, Delays delays)
    {
        all.Add(delays);
        return new(delays.P50, 0);
    }

    private static async Task<Delays> MeasureAsync(RunContext context, int port, int subscribers, Func<Task<ChangeLog>> change)
    {
        await Streams.OpenAsync(context, port, subscribers, 1);
        var (result, log) = await Streams.CountAsync(context, Pods, change);
        await Streams.CloseAsync(context);
        return Delays.Of(log, result.Changes, subscribers);
    }

    /// <summary>Milliseconds from each change until the last stream had it.</summary>
    private sealed record Delays(double P50, double P99, int Count, int Lost)
    {
        public static Delays Of(ChangeLog log, List<TrackedChange> received, int subscribers)
        {
            var known = received.ToDictionary(static one => (one.Pod, one.Number));
            var (numbers, delays, lost) = (new Dictionary<int, int>(), new List<float>(), 0);
            for (var i = 0; i < log.Pods.Count; i++)
            {
                var pod = log.Pods[i];
                var number = numbers[pod] = numbers.TryGetValue(pod, out var before) ? before + 1 : 0;
                if (known.TryGetValue((pod, number), out var one) && one.Streams == subscribers)
                    delays.Add((float)Stopwatch.GetElapsedTime(log.Ticks[i], one.Last).TotalMilliseconds);
                else
                    lost++;
            }

            var (p50, p99) = Percentiles.Of(delays);
            return delays.Count > 0 ? new(p50, p99, delays.Count, lost) : throw new InvalidOperationException("No change reached all streams.");
        }
    }
}
