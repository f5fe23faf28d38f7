using System.Diagnostics;
using Gateway.Benchmarks.Reports;
using Gateway.Benchmarks.Runs;

namespace Gateway.Benchmarks.Commands;

/// <summary>Every measuring command, in the order in which <c>all</c> runs them.</summary>
internal static class CommandTable
{
    private static readonly (string Name, bool TakesAgainst, Func<RunContext, Task> Run)[] Commands =
    [
        ("lookup", false, LookupRun.RunAsync),
        ("facades", false, FacadeRun.RunAsync),
        ("fanout", false, FanoutRun.RunAsync),
        ("idle", false, IdleRun.RunAsync),
        ("register", true, RegisterRun.RunAsync),
        ("sync", true, SyncRun.RunAsync),
        ("propagation", false, PropagationRun.RunAsync),
        ("heartbeat", false, HeartbeatRun.RunAsync),
        ("churn", false, ChurnRun.RunAsync),
        ("start", true, StartRun.RunAsync),
        ("memory", true, MemoryRun.RunAsync),
    ];

    public static IReadOnlyList<string> Names { get; } = [.. Commands.Select(static one => one.Name), "all", "report"];

    public static bool TakesAgainst(string name) => Commands.Any(one => one.Name == name && one.TakesAgainst);

    /// <summary>Exit code 0; 1 where something could not be measured.</summary>
    public static async Task<int> RunAsync(Arguments arguments, Results.Run run, TextWriter output, TextWriter progress)
    {
        if (arguments.Command == "report")
            return Report.Write(arguments, progress);
        await using var context = await RunContext.StartAsync(arguments, run, output, progress);
        return await RunAsync(context, [.. Commands.Where(one => arguments.Command == "all" || arguments.Command == one.Name).Select(static one => (one.Name, one.Run))]);
    }

    /// <summary>Each command at each scale, one scale after the other, so that a run that ends early has whole scales.</summary>
    public static async Task<int> RunAsync(RunContext context, IReadOnlyList<(string Name, Func<RunContext, Task> Run)> commands)
    {
        List<string> failed = [];
        foreach (var scale in context.Arguments.Scales)
        {
            foreach (var (name, run) in commands)
            {
                (context.Command, context.Scale) = (name, scale);
                context.Progress("begins");
                var started = Stopwatch.GetTimestamp();
                try
                {
                    await run(context);
                    context.Progress(FormattableString.Invariant($"took {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s"));
                }
                catch (Exception failure)
                {
                    // The next command may be able to measure. The load process may still be busy with this one.
                    context.LeaveOut($"failed: {failure.Message}");
                    failed.Add($"{name} at {scale}x: {failure.Message}");
                    await context.EndLoadAsync();
                }
            }
        }

        foreach (var failure in failed)
            context.Say($"failed: {failure}");
        return failed.Count > 0 ? 1 : 0;
    }
}
