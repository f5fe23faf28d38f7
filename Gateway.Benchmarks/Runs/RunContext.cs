using Gateway.Benchmarks.Commands;
using Gateway.Benchmarks.Load;
using Gateway.Benchmarks.Processes;
using Gateway.Benchmarks.Results;

namespace Gateway.Benchmarks.Runs;

/// <summary>What the runs of one command share: the gateway's build, the load process, and the figures so far.</summary>
internal sealed class RunContext : IAsyncDisposable
{
    private readonly TextWriter _output;
    private readonly TextWriter _progress;

    private RunContext(Arguments arguments, GatewayBuild build, LoadProcess load, TextWriter output, TextWriter progress) =>
        (Arguments, Build, Load, _output, _progress) = (arguments, build, load, output, progress);

    public Arguments Arguments { get; }

    public GatewayBuild Build { get; }

    public LoadProcess Load { get; }

    /// <summary>The command that runs now.</summary>
    public string Command { get; set; } = "";

    public List<Figure> Figures { get; } = [];

    public static async Task<RunContext> StartAsync(Arguments arguments, TextWriter output, TextWriter progress) =>
        new(arguments, await GatewayBuild.GetAsync(arguments.Gateway, progress), LoadProcess.Start(), output, progress);

    public void Progress(string text) => _progress.WriteLine($"{Command}: {text}");

    /// <summary>Prints the figure's line and keeps it.</summary>
    public void Report(Figure figure)
    {
        Figures.Add(figure);
        _output.WriteLine(figure);
    }

    /// <summary>Seconds of one measurement.</summary>
    public double Duration(double usual) => Arguments.Duration ?? usual;

    /// <summary>Measures both sides in turn, after one measurement of each that does not count; the medians.</summary>
    public async Task<Pair> AlternateAsync(string name, Func<Task<Sample>> gateway, Func<Task<Sample>> yardstick, int? rounds = null)
    {
        List<Sample> ours = [], theirs = [];
        var count = rounds ?? Arguments.Rounds;
        await gateway();
        await yardstick();
        for (var round = 0; round < count; round++)
        {
            Progress($"{name}, round {round + 1} of {count}");
            ours.Add(await gateway());
            theirs.Add(await yardstick());
        }

        return new(Sample.Median(ours), Sample.Median(theirs), count);
    }

    /// <summary>The rate of requests at a port, and what they cost the process that answers them.</summary>
    public async Task<Sample> RateAsync(LoadOrder order, ChildProcess server, params int[] expected)
    {
        var cpu = server.CpuSeconds;
        var result = await Load.RunAsync(order);
        var wrong = result.Statuses.Where(status => !expected.Contains(status.Key)).ToList();
        if (wrong.Count > 0)
            throw new InvalidOperationException($"Answers of other statuses: {string.Join(", ", wrong.Select(static one => $"{one.Key}: {one.Value}"))}");
        return new(result.Requests / result.Seconds, (server.CpuSeconds - cpu) / result.Requests);
    }

    public ValueTask DisposeAsync() => Load.DisposeAsync();
}

/// <summary>One measurement.</summary>
/// <param name="Cpu">Processor seconds for one unit of work; 0: not measured.</param>
internal readonly record struct Sample(double Value, double Cpu)
{
    /// <summary>Requests that were not carried out.</summary>
    public long Refused { get; init; }

    public static Sample Median(IReadOnlyCollection<Sample> samples) =>
        new(MedianOf(samples.Select(static one => one.Value)), MedianOf(samples.Select(static one => one.Cpu)));

    public static double MedianOf(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }
}

/// <summary>The medians of both sides.</summary>
internal readonly record struct Pair(Sample Gateway, Sample Yardstick, int Rounds)
{
    public double? CpuRatio => Yardstick.Cpu > 0 ? Gateway.Cpu / Yardstick.Cpu : null;
}
