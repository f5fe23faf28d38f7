using System.Globalization;
using System.Text.Json;

namespace Gateway.Benchmarks.Results;

/// <summary>One run of the program, which may have been of several commands and scales.</summary>
/// <param name="Started">UTC, yyyy-MM-dd HH:mm:ss; names the run in <see cref="Figure.Run"/>.</param>
/// <param name="CommandLine">What was asked for.</param>
/// <param name="Load">The machine's load average of one minute at the start: what others did there. Null where there is none.</param>
/// <param name="Minutes">From the start until the latest figure.</param>
internal sealed record Run(string Started, string CommandLine, double? Load, double Minutes)
{
    public static Run Begin(string commandLine) =>
        new(DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture), commandLine, LoadAverage(), 0);

    private static double? LoadAverage() =>
        File.Exists("/proc/loadavg") ? double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture) : null;
}

/// <summary>A scale of a command at which nothing, or not everything, was measured, and why.</summary>
internal sealed record Omission(string Command, int Scale, string Reason)
{
    /// <summary>The <see cref="Results.Run.Started"/> of the run that left it out.</summary>
    public string Run { get; init; } = "";
}

/// <summary>What <c>--json</c> writes: the machine, and the latest figure of each command, name and scale.</summary>
internal sealed record ResultFile
{
    public required string Machine { get; init; }

    public required int Cores { get; init; }

    public required long MemoryBytes { get; init; }

    public required string Runtime { get; init; }

    /// <summary>UTC, yyyy-MM-dd.</summary>
    public required string Date { get; init; }

    /// <summary>The runs of which there are figures or omissions, by their start.</summary>
    public List<Run> Runs { get; init; } = [];

    public List<Figure> Figures { get; init; } = [];

    public List<Omission> Omissions { get; init; } = [];

    public static ResultFile OfThisMachine() => new()
    {
        Machine = $"{Processor()}, {System.Runtime.InteropServices.RuntimeInformation.OSDescription}",
        Cores = Environment.ProcessorCount,
        MemoryBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        Runtime = System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription,
        Date = DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
    };

    public static ResultFile Read(string path) => JsonSerializer.Deserialize(File.ReadAllText(path), ResultJson.Default.ResultFile)
        ?? throw new JsonException("The file holds no results.");

    /// <summary>
    /// Adds to the file, which may not exist, what a run measured and left out; a figure of the same name is replaced. The file is whole at any time, however
    /// the run ends.
    /// </summary>
    public static void Add(string path, Run run, IReadOnlyCollection<Figure> figures, IReadOnlyCollection<Omission> omissions)
    {
        var known = File.Exists(path) ? Read(path) : OfThisMachine();
        figures = [.. figures.Select(figure => figure with { Run = run.Started })];
        omissions = [.. omissions.Select(omission => omission with { Run = run.Started })];
        var all = known.Figures.Where(one => !figures.Any(other => (other.Command, other.Name, other.Scale) == (one.Command, one.Name, one.Scale)))
            .Concat(figures).ToList();

        // What an earlier run could not measure is measured now, or left out for another reason.
        var allOmissions = known.Omissions
            .Where(one => one.Run == run.Started || !figures.Any(other => (other.Command, other.Scale) == (one.Command, one.Scale)))
            .Where(one => !omissions.Any(other => (other.Command, other.Scale) == (one.Command, one.Scale)))
            .Concat(omissions).ToList();
        var runs = known.Runs.Where(one => one.Started != run.Started).Append(run)
            .Where(one => all.Any(figure => figure.Run == one.Started) || allOmissions.Any(omission => omission.Run == one.Started))
            .OrderBy(static one => one.Started, StringComparer.Ordinal).ToList();
        var file = OfThisMachine() with { Runs = runs, Figures = all, Omissions = allOmissions };
        File.WriteAllText(path + ".new", JsonSerializer.Serialize(file, ResultJson.Indented.ResultFile));
        File.Move(path + ".new", path, overwrite: true);
    }

    private static string Processor() => File.Exists("/proc/cpuinfo")
        ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(static line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "unknown processor"
        : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "unknown processor";
}
