using System.Diagnostics;
using Gateway.Benchmarks.Cluster;
using Gateway.Benchmarks.Load;
using Gateway.Benchmarks.Processes;
using Gateway.Benchmarks.Results;

namespace Gateway.Benchmarks.Runs;

/// <summary>
/// From the moment in which the API server writes a watch frame until a subscriber has read the event, for one subscriber and for the last of 1,000; beside a
/// bare Kestrel that writes the same event to as many streams without a watch before it. Of one subscriber also what the gateway itself says: from the frame's
/// arrival until its bytes are written. Growth: 2,000, 20,000 and 150,000 pods in the cluster; and, as lines of their own, 10,000 and 18,000 subscribers.
/// </summary>
internal static class PropagationRun
{
    private const int Pods = 100;
    private const int Many = 1_000;
    private const string Metric = "registry_gateway_propagation_seconds";

    public static async Task RunAsync(RunContext context)
    {
        await using var cluster = await ClusterProcess.StartAsync(Sizes.WithFirst(context.Scale, Pods));
        await using var gateway = await GatewayProcess.StartAsync(context.Build, cluster.Url);
        await using var bare = await BareProcess.StartAsync(context.Build);
        await bare.AnswerWithAsync(await Streams.AnswerOfAsync(gateway, cluster));
        int[] subscribers = context.Scale == 1 ? [1, Many] : [1, Many, Sizes.IdleStreams(context.Scale)];
        foreach (var count in subscribers)
            await MeasureAsync(context, cluster, gateway, bare, count);
    }

    private static async Task MeasureAsync(RunContext context, ClusterProcess cluster, GatewayProcess gateway, BareProcess bare, int subscribers)
    {
        // Delays of a machine that keeps up: 50,000 events a second at most.
        var rate = Math.Min(50, 50_000 / subscribers);
        var seconds = (int)Math.Ceiling(context.Duration(6));
        List<Delays> ours = [], theirs = [];
        List<Histogram> inside = [];
        async Task<Sample> GatewayAsync()
        {
            var before = await gateway.HistogramAsync(Metric);
            var delays = await MeasureAsync(context, gateway.Port, subscribers, () => cluster.ChangeAsync(rate, seconds, Pods));
            inside.Add((await gateway.HistogramAsync(Metric)).Since(before));
            return Add(ours, delays);
        }

        async Task<Sample> BareAsync() => Add(theirs, await MeasureAsync(context, bare.Port, subscribers, () => bare.ChangeAsync(rate, seconds, Pods)));
        var who = subscribers == 1 ? "one subscriber" : $"the last of {subscribers}";
        var pair = await context.AlternateAsync(who, GatewayAsync, BareAsync);

        // The first of each did not count.
        var note = FormattableString.Invariant($"{rate} changes/s, {ours[^1].Count} changes, {ours.Skip(1).Sum(static one => one.Lost)} events conflated");
        foreach (var (name, goal, of) in new (string, string, Func<Delays, double>)[]
        {
            ("p50", subscribers == 1 ? "<= 1 ms" : "", static delays => delays.P50),
            ("p99", subscribers switch { 1 => "<= 10 ms", Many => "<= 50 ms", _ => "" }, static delays => delays.P99),
        })
        {
            context.Report(context.Measured($"{who}, {name}", "ms", Sample.MedianOf(ours.Skip(1).Select(of))) with
            {
                Beside = "bare Kestrel",
                Yardstick = Sample.MedianOf(theirs.Skip(1).Select(of)),
                Goal = goal,
                IsGoalOfFigure = true,
                Rounds = pair.Rounds,
                Note = note,
                Growth = subscribers == 1 || (subscribers == Many && name == "p99") ? Sizes.OverPods($"propagation, {who}, {name}", context.Scale) : null,
            });
        }

        if (subscribers == 1)
            ReportInside(context, inside.Skip(1).Aggregate(new Histogram([]), static (all, one) => all.And(one)), pair.Rounds);
    }

    /// <summary>What the gateway's own histogram says: from the arrival of a frame, not yet decoded, until its event was written to the connection.</summary>
    private static void ReportInside(RunContext context, Histogram inside, int rounds)
    {
        if (inside.Count == 0)
            throw new InvalidOperationException($"/metrics has no values of {Metric}.");
        var note = FormattableString.Invariant(
            $"{inside.Count:0} writes to the connection, {inside.PartWithin(0.0005) * 100:0.0} % of them within 0.5 ms; `{Metric}` of the gateway itself");
        foreach (var (name, part, goal) in new[] { ("p50", 0.5, "<= 0.5 ms"), ("p99", 0.99, "") })
        {
            context.Report(context.Measured($"from the frame's arrival to the written event, {name}", "ms", inside.Quantile(part) * 1_000) with
            {
                Goal = goal,
                Rounds = rounds,
                Note = note,
            });
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
