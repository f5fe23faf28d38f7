using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace Gateway.Benchmarks.Processes;

/// <summary>The gateway that is measured: published as its image is, without the emulator.</summary>
internal sealed class GatewayBuild
{
    private GatewayBuild(string directory) => Directory = directory;

    public string Directory { get; }

    public string Executable => Path.Combine(Directory, OperatingSystem.IsWindows() ? "Gateway.Api.exe" : "Gateway.Api");

    /// <param name="given">A published gateway; null: this repository's is published.</param>
    public static async Task<GatewayBuild> GetAsync(string? given, TextWriter progress)
    {
        if (given is not null)
            return new(Path.GetFullPath(given));
        var root = Repository.Root;
        var output = Path.Combine(root, "artifacts", "benchmarks", "gateway");
        await progress.WriteLineAsync("publishing the gateway ...");
        var start = new ProcessStartInfo("dotnet") { WorkingDirectory = root, RedirectStandardOutput = true };
        string[] arguments = ["publish", "Gateway.Api", "-c", "Release", "-p:WithEmulator=false", $"-p:ImageArchitecture={Architecture}", "-o", output, "-v", "q", "-nologo"];
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        using var publish = Process.Start(start)!;
        var said = await publish.StandardOutput.ReadToEndAsync();
        await publish.WaitForExitAsync();
        return publish.ExitCode == 0 ? new(output) : throw new InvalidOperationException($"The gateway cannot be published: {said}");
    }

    /// <summary>As Docker names it; empty where no image is for it, and then nothing is compiled ahead of time.</summary>
    private static string Architecture => !OperatingSystem.IsLinux() ? "" : RuntimeInformation.ProcessArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => "amd64",
        System.Runtime.InteropServices.Architecture.Arm64 => "arm64",
        _ => "",
    };

    /// <summary>The collector's settings of the gateway as environment, so that a yardstick has the same.</summary>
    public Dictionary<string, string> CollectorSettings()
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal) { ["DOTNET_gcServer"] = "0" };
        var path = Path.Combine(Directory, "Gateway.Api.runtimeconfig.json");
        if (File.Exists(path) && JsonNode.Parse(File.ReadAllText(path))!["runtimeOptions"]?["configProperties"] is JsonObject properties)
        {
            foreach (var (name, variable) in new[]
            {
                ("System.GC.Server", "DOTNET_gcServer"), ("System.GC.Concurrent", "DOTNET_gcConcurrent"), ("System.GC.ConserveMemory", "DOTNET_GCConserveMemory"),
                ("System.GC.DynamicAdaptationMode", "DOTNET_GCDynamicAdaptationMode"), ("System.Runtime.TieredPGO", "DOTNET_TieredPGO"),
            })
            {
                if (properties[name] is { } value)
                    settings[variable] = value.ToString() switch { "true" => "1", "false" => "0", var number => number };
            }
        }

        return settings;
    }
}

/// <summary>The repository that this program was built from.</summary>
internal static class Repository
{
    public static string Root
    {
        get
        {
            var directory = new DirectoryInfo(AppContext.BaseDirectory);
            while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Gateway.sln")))
                directory = directory.Parent;
            return directory?.FullName ?? throw new InvalidOperationException("Run it inside the repository, or name a published gateway with --gateway.");
        }
    }
}
