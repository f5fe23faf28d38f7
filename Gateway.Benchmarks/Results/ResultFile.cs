using System.Globalization;
using System.Text.Json;

namespace Gateway.Benchmarks.Results;

/// <summary>What <c>--json</c> writes: the machine, and the latest figure of each command, name and scale.</summary>
internal sealed record ResultFile
{
    public required string Machine { get; init; }

    public required int Cores { get; init; }

    public required long MemoryBytes { get; init; }

    public required string Runtime { get; init; }

    /// <summary>UTC, yyyy-MM-dd.</summary>
    public required string Date { get; init; }

    public List<Figure> Figures { get; init; } = [];

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

    /// <summary>Adds figures to those of the file, which may not exist; a figure of the same name is replaced.</summary>
    public static void Add(string path, IReadOnlyCollection<Figure> figures)
    {
        var kept = File.Exists(path) ? Read(path).Figures : [];
        kept.RemoveAll(one => figures.Any(other => (other.Command, other.Name, other.Scale) == (one.Command, one.Name, one.Scale)));
        var file = OfThisMachine() with { Figures = [.. kept, .. figures] };
        File.WriteAllText(path, JsonSerializer.Serialize(file, ResultJson.Indented.ResultFile));
    }

    private static string Processor() => File.Exists("/proc/cpuinfo")
        ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(static line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "unknown processor"
        : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "unknown processor";
}
