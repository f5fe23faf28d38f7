using System.Text.RegularExpressions;
using Gateway.Tests.Layering;

namespace Gateway.Tests.Documents;

/// <summary>docs/architecture.md says of every loop, and of none that there is not, what happens after its failure.</summary>
public sealed partial class ArchitecturePageTests
{
    [Fact]
    public void EveryLoopHasARow()
    {
        var page = File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "architecture.md"));
        var described = LoopRow().Matches(page[page.IndexOf("| loop |", StringComparison.Ordinal)..page.IndexOf("## Who owns what", StringComparison.Ordinal)])
            .SelectMany(static row => Name().Matches(row.Value)).Select(static match => match.Groups[1].Value);
        var named = new[] { "Gateway.Core", "Gateway.Api" }.SelectMany(SourceTree.CSharpFiles).Select(File.ReadAllText)
            .SelectMany(static source => Loop().Matches(source)).Select(static match => match.Groups[1].Value.Replace("{type.Plural}", "<kind>", StringComparison.Ordinal));

        described.Order(StringComparer.Ordinal).ShouldBe(named.Distinct().Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"^\| (?:`[^`|]+`(?: \(timer\))?(?:, )?)+ \|", RegexOptions.Multiline)]
    private static partial Regex LoopRow();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Name();

    // The name is the first argument of what starts it, or a constant of that name.
    [GeneratedRegex("""(?:^        Add\(|loops\.(?:Begin|CreateTimer)\(|_loops\.Add\(new\(\$|new BackgroundLoop\(|const string Loop = )"([^"]+)""", RegexOptions.Multiline)]
    private static partial Regex Loop();
}
