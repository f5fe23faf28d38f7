using System.Text.RegularExpressions;
using Gateway.Tests.Layering;

namespace Gateway.Tests.Documents;

/// <summary>Every test that the fault table of docs/architecture.md names is there.</summary>
public sealed partial class FaultTableTests
{
    [Fact]
    public void EveryTestOfTheFaultTableExists()
    {
        var page = File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "architecture.md"));
        var table = page[page.IndexOf("| fault |", StringComparison.Ordinal)..page.IndexOf("## Revisions", StringComparison.Ordinal)];
        var named = TestName().Matches(table);
        named.Count.ShouldBeGreaterThan(15);
        foreach (Match test in named)
        {
            var type = typeof(FaultTableTests).Assembly.GetTypes().Where(type => type.Name == test.Groups[1].Value).ShouldHaveSingleItem(test.Value);
            type.GetMethod(test.Groups[2].Value).ShouldNotBeNull(test.Value);
        }
    }

    [GeneratedRegex(@"`(\w+Tests)\.(\w+)`")]
    private static partial Regex TestName();
}
