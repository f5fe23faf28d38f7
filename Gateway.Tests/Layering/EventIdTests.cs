using System.Globalization;
using System.Text.RegularExpressions;

namespace Gateway.Tests.Layering;

/// <summary>A log message's id says where it comes from and never means two things.</summary>
public sealed partial class EventIdTests
{
    [Fact]
    public void EveryMessageHasAnIdOfItsOwn()
    {
        var messages = Messages().ToList();

        messages.ShouldNotBeEmpty();
        messages.Where(static message => message.Id < 0).ShouldBeEmpty();
        messages.GroupBy(static message => message.Id).Where(static group => group.Count() > 1)
            .Select(static group => $"{group.Key}: {string.Join(", ", group.Select(static message => message.File))}").ShouldBeEmpty();
    }

    [Fact]
    public void EveryIdIsOfTheRangeThatThePageGivesItsFolder()
    {
        var ranges = Ranges();

        Messages().Where(message => RangeOf(message.File, ranges) is not { } range || message.Id < range.From || message.Id > range.To)
            .Select(static message => $"{message.Id} {message.File}").ShouldBeEmpty();
    }

    [Fact]
    public void ThePageListsFoldersThatAreThereAndRangesThatDoNotOverlap()
    {
        var ranges = Ranges();

        ranges.Where(static range => !Directory.Exists(Path.Combine(SourceTree.Root, range.Folder))).ShouldBeEmpty();
        var distinct = ranges.Select(static range => (range.From, range.To)).Distinct().Order().ToList();
        distinct.Zip(distinct.Skip(1)).Where(static pair => pair.First.To >= pair.Second.From).ShouldBeEmpty();
    }

    /// <summary>The table of docs/architecture.md: <c>| 1600-1699 | Gateway.Core/Registration, Gateway.Core/PodWriting |</c>.</summary>
    private static List<(string Folder, int From, int To)> Ranges()
    {
        var page = File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "architecture.md"));
        var ranges =
            (from Match row in RangeRow().Matches(page)
             from folder in row.Groups[3].Value.Split(',', StringSplitOptions.TrimEntries)
             select (folder, Number(row.Groups[1]), Number(row.Groups[2]))).ToList();
        ranges.ShouldNotBeEmpty();
        return ranges;

        static int Number(Group digits) => int.Parse(digits.Value, CultureInfo.InvariantCulture);
    }

    /// <summary>The range of the innermost folder that is listed.</summary>
    private static (string Folder, int From, int To)? RangeOf(string file, List<(string Folder, int From, int To)> ranges) =>
        ranges.Where(range => file.StartsWith(range.Folder + "/", StringComparison.Ordinal)).OrderByDescending(static range => range.Folder.Length)
            .Select(static range => ((string, int, int)?)range).FirstOrDefault();

    private static IEnumerable<(string File, int Id)> Messages() =>
        new[] { "Gateway.Core", "Gateway.Api", "Gateway.Emulator" }.SelectMany(static project => SourceTree.CSharpFiles(project)).SelectMany(MessagesOf);

    private static IEnumerable<(string File, int Id)> MessagesOf(string file) =>
        from Match match in LoggerMessage().Matches(File.ReadAllText(file))
        let id = EventId().Match(match.Value)
        select (SourceTree.Relative(file), id.Success ? int.Parse(id.Groups[1].Value, CultureInfo.InvariantCulture) : -1);

    [GeneratedRegex(@"^\| (\d{4})-(\d{4}) \| (.+?) \|$", RegexOptions.Multiline)]
    private static partial Regex RangeRow();

    [GeneratedRegex(@"\[LoggerMessage\((?:[^()""]|""(?:[^""\\]|\\.)*""|\([^()]*\))*\)\]", RegexOptions.Singleline)]
    private static partial Regex LoggerMessage();

    [GeneratedRegex(@"(?:\[LoggerMessage\(\s*|EventId\s*=\s*)(\d{3,5})\b")]
    private static partial Regex EventId();
}
