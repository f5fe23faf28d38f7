using System.Diagnostics;
using Gateway.Benchmarks.Commands;
using Gateway.Benchmarks.Load;
using Gateway.Benchmarks.Processes;
using Gateway.Benchmarks.Results;

namespace Gateway.Benchmarks.Runs;

/// <summary>What the runs of one program share: the gateway's build, the load process, and where figures go.</summary>
internal sealed class RunContext : IAsyncDisposable
{
    private readonly Run _run;
    private readonly TextWriter _output;
    private readonly TextWriter _progress;
    private readonly long _started = Stopwatch.GetTimestamp();

    // Started when it is first needed, and again after a failure.
    private LoadProcess? _load;

    private RunContext(Arguments arguments, Run run, GatewayBuild build, TextWriter output, TextWriter progress) =>
        (Arguments, _run, Build, _output, _progress) = (arguments, run, build, output, progress);

    public Arguments Arguments { get; }

    public GatewayBuild Build { get; }

    public LoadProcess Load => _load ??= LoadProcess.Start();

    /// <summary>The command that runs now.</summary>
    public string Command { get; set; } = "";

    /// <summary>1, 10 or 100: the scale that runs now.</summary>
    public int Scale { get; set; } = 1;

    /// <summary>Measurements of each side at this scale.</summary>
    public int Rounds => Scale switch { 1 => Arguments.Rounds, 10 => (Arguments.Rounds + 1) / 2, _ => 1 };

    public static async Task<RunContext> StartAsync(Arguments arguments, Run run, TextWriter output, TextWriter progress) =>
        new(arguments, run, await GatewayBuild.GetAsync(arguments.Gateway, progress), output, progress);

    public void Progress(string text) => Say($"{Command} {Scale}x: {text}");

    public void Say(string text)
    {
        var elapsed = Stopwatch.GetElapsedTime(_started);
        _progress.WriteLine(FormattableString.Invariant($"[{(int)elapsed.TotalMinutes:00}:{elapsed.Seconds:00}] {text}"));
    }

    /// <summary>A figure of the command and scale that run now.</summary>
    public Figure Measured(string name, string unit, double value) => new() { Command = Command, Name = name, Scale = Scale, Unit = unit, Gateway = value };

    /// <summary>The same with what it is beside.</summary>
    public Figure Compared(string name, string unit, Pair pair, string beside) => Measured(name, unit, pair.Gateway.Value) with
    {
        Beside = beside,
        Yardstick = pair.Yardstick.Value,
        CpuRatio = pair.CpuRatio,
        Rounds = pair.Rounds,
    };

    /// <summary>Prints the figure's line and saves it at once: a run may end at any time.</summary>
    public void Report(Figure figure)
    {
        _output.WriteLine(figure);
        _output.Flush();
        Save([figure], []);
    }

    /// <summary>Says why something is not measured at this scale.</summary>
    public void LeaveOut(string reason)
    {
        Progress(reason);
        Save([], [new Omission(Command, Scale, reason)]);
    }

    /// <summary>Seconds of one measurement.</summary>
    public double Duration(double usual) => Arguments.Duration ?? usual;

    /// <summary>Measures both sides in turn, after one measurement of each that does not count; the medians.</summary>
    /// <param name="isWarm">No measurement is needed that does not count.</param>
    public async Task<Pair> AlternateAsync(string name, Func<Task<Sample>> gateway, Func<Task<Sample>> yardstick, bool isWarm = false)
    {
        List<Sample> ours = [], theirs = [];
        if (!isWarm)
        {
            Progress($"{name}, warming up");
            await gateway();
            await yardstick();
        }

        for (var round = 0; round < Rounds; round++)
        {
            Progress($"{name}, round {round + 1} of {Rounds}");
            ours.Add(await gateway());
            theirs.Add(await yardstick());
        }

        return new(Sample.Median(ours), Sample.Median(theirs), Rounds) { Noise = Sample.RangeOf(ours) + Sample.RangeOf(theirs) };
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

    /// <summary>Ends the load process with its connections; the next order starts another.</summary>
    public async ValueTask EndLoadAsync()
    {
        if (_load is { } load)
            await load.DisposeAsync();
        _load = null;
    }

    public ValueTask DisposeAsync() => EndLoadAsync();

    private void Save(IReadOnlyCollection<Figure> figures, IReadOnlyCollection<Omission> omissions)
    {
        if (Arguments.Json is { } path)
            ResultFile.Add(path, _run with { Minutes = Math.Round(Stopwatch.GetElapsedTime(_started).TotalMinutes, 1) }, figures, omissions);
    }
}
