using Gateway.Benchmarks.Reports;
using Gateway.Benchmarks.Results;
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

    public static async Task<int> RunAsync(Arguments arguments, TextWriter output, TextWriter progress)
    {
        if (arguments.Command == "report")
            return Report.Write(arguments, progress);
        var code = 0;
        await using var context = await RunContext.StartAsync(arguments, output, progress);
        foreach (var (name, _, run) in Commands.Where(one => arguments.Command == "all" || arguments.Command == one.Name))
        {
            context.Command = name;
            try
            {
                await run(context);
            }
            catch (Exception failure) when (failure is InvalidOperationException or IOException or HttpRequestException)
            {
                // The next command may be able to measure.
                context.Progress($"failed: {failure.Message}");
                code = 1;
            }

            if (arguments.Json is { } path)
                ResultFile.Add(path, context.Figures);
        }

        return code;
    }
}
