using System.Text.RegularExpressions;
using Gateway.Tests.Layering;

namespace Gateway.Tests.Documents;

/// <summary>The fault table of docs/architecture.md: every row has tests that exist, once, and every test of a fault has a row.</summary>
public sealed partial class FaultTableTests
{
    private static readonly List<(string Fault, string Seen, string Tests)> Rows = Read();

    [Fact]
    public void EveryTestOfTheFaultTableExists()
    {
        Rows.Count.ShouldBeGreaterThan(40);
        foreach (var (fault, seen, tests) in Rows)
        {
            seen.ShouldNotBeEmpty(fault);
            var named = TestName().Matches(tests);
            named.Count.ShouldBeGreaterThan(0, fault);
            foreach (Match test in named)
            {
                var type = typeof(FaultTableTests).Assembly.GetTypes().Where(type => type.Name == test.Groups[1].Value).ShouldHaveSingleItem(test.Value);
                type.GetMethod(test.Groups[2].Value).ShouldNotBeNull(test.Value);
            }
        }
    }

    [Fact]
    public void NoFaultAndNoTestIsNamedTwice()
    {
        Rows.Select(static row => row.Fault).ShouldBeUnique();
        Rows.SelectMany(static row => TestName().Matches(row.Tests)).Select(static test => test.Value).ShouldBeUnique();
    }

    [Fact]
    public void EveryTestOfAFaultHasARow()
    {
        var named = Rows.SelectMany(static row => TestName().Matches(row.Tests)).Select(static test => test.Groups[2].Value).ToHashSet(StringComparer.Ordinal);
        typeof(FaultTableTests).Assembly.GetTypes().Where(static type => type.Name.StartsWith("FaultMatrix", StringComparison.Ordinal) && type.Name.EndsWith("Tests", StringComparison.Ordinal))
            .SelectMany(static type => type.GetMethods()).Where(static method => method.GetCustomAttributes(typeof(FactAttribute), true).Length > 0)
            .Select(static method => method.Name).Where(name => !named.Contains(name)).ShouldBeEmpty();
    }

    private static List<(string Fault, string Seen, string Tests)> Read()
    {
        var page = File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "architecture.md"));
        var table = page[page.IndexOf("| fault |", StringComparison.Ordinal)..page.IndexOf("## Revisions", StringComparison.Ordinal)];
        return [.. Row().Matches(table).Skip(2).Select(static row => (row.Groups[1].Value, row.Groups[2].Value, row.Groups[3].Value))];
    }

    [GeneratedRegex(@"^\| (.+?) \| (.+?) \| (.+?) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"`(\w+Tests)\.(\w+)`")]
    private static partial Regex TestName();
}
