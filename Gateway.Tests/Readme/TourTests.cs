using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Gateway.Emulator;
using Gateway.Tests.Layering;

namespace Gateway.Tests.Readme;

/// <summary>The README's tour, run line by line as printed, in one shell; only ids, uids, times and revisions may differ.</summary>
public sealed partial class TourTests
{
    private const string EndMark = "--- end of the step ---";

    [Fact]
    public async Task TheTourPrintsWhatTheReadmeSays()
    {
        await using var cluster = await EmulatedCluster.StartAsync(new EmulatorOptions { Url = "http://127.0.0.1:0" });
        await using var gateway = await GatewayUnderTest.StartAsync(cluster.Url);
        var steps = Steps(await File.ReadAllTextAsync(Path.Combine(SourceTree.Root, "README.md")));
        steps.Count.ShouldBeGreaterThan(8);
        var folder = Directory.CreateTempSubdirectory("tour-");
        using var shell = Process.Start(new ProcessStartInfo("bash", ["--noprofile", "--norc"])
        {
            WorkingDirectory = folder.FullName,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment = { ["NO_PROXY"] = "*", ["HOME"] = folder.FullName },
        })!;
        try
        {
            foreach (var step in steps)
            {
                var command = step.Command
                    .Replace("localhost:8080", gateway.Http.BaseAddress!.Authority, StringComparison.Ordinal)
                    .Replace("http://127.0.0.1:8081", cluster.Url.ToString().TrimEnd('/'), StringComparison.Ordinal);
                Mask(await RunAsync(shell, command)).ShouldBe(Mask(step.Printed), step.Command);
            }
        }
        finally
        {
            shell.Kill(entireProcessTree: true);
            folder.Delete(recursive: true);
        }
    }

    private static List<TourStep> Steps(string readme)
    {
        var steps = new List<TourStep>();
        foreach (Match block in ConsoleBlock().Matches(readme))
        {
            foreach (var part in block.Groups[1].Value.Split("$ ", StringSplitOptions.RemoveEmptyEntries))
            {
                var lines = part.Split('\n', 2);
                steps.Add(new TourStep(lines[0], lines.Length > 1 ? lines[1].Trim() : ""));
            }
        }

        return steps;
    }

    private static async Task<string> RunAsync(Process shell, string command)
    {
        await shell.StandardInput.WriteAsync($"{{ {command}\n}} 2>&1; echo; echo '{EndMark}'\n");
        await shell.StandardInput.FlushAsync();
        var printed = new StringBuilder();
        while (await shell.StandardOutput.ReadLineAsync().Within() is { } line && line != EndMark)
            printed.AppendLine(line);
        return printed.ToString().Trim();
    }

    private static string Mask(string text)
    {
        text = Uid().Replace(text, "<uid>");
        text = Time().Replace(text, "<time>");
        text = Revision().Replace(text, "\"$1\":\"<$1>\"");
        return HexId().Replace(text, "<id>");
    }

    [GeneratedRegex(@"```console\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex ConsoleBlock();

    [GeneratedRegex(@"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")]
    private static partial Regex Uid();

    [GeneratedRegex(@"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")]
    private static partial Regex Time();

    [GeneratedRegex("\"(revision)\":\"[^\"]*\"")]
    private static partial Regex Revision();

    [GeneratedRegex(@"\b[0-9a-f]{32}\b")]
    private static partial Regex HexId();
}
