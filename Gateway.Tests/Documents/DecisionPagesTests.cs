using System.Text.RegularExpressions;
using Gateway.Tests.Layering;

namespace Gateway.Tests.Documents;

/// <summary>docs/decisions holds one dated page a decision, all of one form, each listed in docs/architecture.md.</summary>
public sealed partial class DecisionPagesTests
{
    private static readonly string Docs = Path.Combine(SourceTree.Root, "docs");

    [Fact]
    public void TheArchitecturePageListsEveryDecisionByItsTitleAndDate()
    {
        var listed = Row().Matches(File.ReadAllText(Path.Combine(Docs, "architecture.md")))
            .Select(static row => (Title: row.Groups[1].Value, File: row.Groups[2].Value, Date: row.Groups[3].Value));

        listed.Order().ShouldBe(Pages().Select(static page => (Title: page.Text.Split('\n')[0]["# ".Length..], page.File, Date: page.File[..10])).Order());
    }

    [Fact]
    public void EveryDecisionSaysWhatWasKnownWhatElseWasConsideredAndWhatFollows()
    {
        foreach (var (file, text) in Pages())
        {
            text.ShouldContain($"\n\nDate: {file[..10]}. Status: ", customMessage: file);
            Heading().Matches(text).Select(static match => match.Groups[1].Value).ShouldBe(["Context", "Decision", "Considered", "Consequences"], file);
            foreach (Match link in Link().Matches(text))
                File.Exists(Path.Combine(Docs, "decisions", link.Groups[1].Value)).ShouldBeTrue($"{file} links {link.Groups[1].Value}");
        }
    }

    private static List<(string File, string Text)> Pages()
    {
        var pages = Directory.EnumerateFiles(Path.Combine(Docs, "decisions"), "*.md").Select(static file => (Path.GetFileName(file), File.ReadAllText(file))).ToList();
        pages.ShouldNotBeEmpty();
        return pages;
    }

    [GeneratedRegex(@"^\| \[([^\]]+)\]\(decisions/([^)]+)\) \| (\d{4}-\d\d-\d\d) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("^## (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"\]\((?!https?:)([^)#]+)[^)]*\)")]
    private static partial Regex Link();
}
