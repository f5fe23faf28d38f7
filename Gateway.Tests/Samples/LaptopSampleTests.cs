using System.Diagnostics;
using System.Text.RegularExpressions;
using Gateway.Tests.Layering;

namespace Gateway.Tests.Samples;

/// <summary>The scripts for clusters of a laptop, which need a container engine to run: they parse, and what they name is there.</summary>
public sealed partial class LaptopSampleTests
{
    public static TheoryData<string> Scripts => [.. Directory.EnumerateFiles(Path.Combine(SourceTree.Root, "samples", "laptop"), "*.sh").Select(static file => Path.GetFileName(file)).Order()];

    [Theory]
    [MemberData(nameof(Scripts))]
    public async Task AScriptParsesAndNamesWhatIsThere(string script)
    {
        var path = Path.Combine(SourceTree.Root, "samples", "laptop", script);
        using var shell = Process.Start("bash", ["-n", path]);
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
        shell.ExitCode.ShouldBe(0);

        var text = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
        text.Trim().Split('\n').Count(static line => !line.StartsWith('#')).ShouldBeLessThanOrEqualTo(10);
        var values = await File.ReadAllTextAsync(Path.Combine(SourceTree.Root, "helm", "registry-gateway", "values.yaml"), TestContext.Current.CancellationToken);
        foreach (Match set in Set().Matches(text))
            values.ShouldContain($"{set.Groups[1].Value.Split('.')[^1]}:");
        foreach (Match file in ProjectPath().Matches(text))
            Path.Exists(Path.Combine(SourceTree.Root, file.Value)).ShouldBeTrue(file.Value);
        text.ShouldContain($"registry-gateway:{Version("Directory.Build.props", "<Version>(.+)</Version>")}");
    }

    [Fact]
    public void ChartAndProgramHaveOneVersion()
    {
        var version = Version("Directory.Build.props", "<Version>(.+)</Version>");

        Version("helm/registry-gateway/Chart.yaml", "\nversion: (.+)").ShouldBe(version);
        Version("helm/registry-gateway/Chart.yaml", "\nappVersion: (.+)").ShouldBe(version);
    }

    private static string Version(string file, string pattern) =>
        Regex.Match(File.ReadAllText(Path.Combine(SourceTree.Root, file)), pattern).Groups[1].Value.Trim();

    [GeneratedRegex("--set ([A-Za-z.]+)=")]
    private static partial Regex Set();

    [GeneratedRegex(@"\b(?:samples|helm)/[A-Za-z/.\-]+")]
    private static partial Regex ProjectPath();
}
