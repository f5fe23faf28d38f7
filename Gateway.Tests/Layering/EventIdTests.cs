using System.Text.RegularExpressions;

namespace Gateway.Tests.Layering;

/// <summary>A log message's id says where it comes from and never means two things.</summary>
public sealed partial class EventIdTests
{
    /// <summary>The range of each folder, as docs/architecture.md lists them: ids from the number up to the next hundred.</summary>
    private static readonly Dictionary<string, int> Ranges = new()
    {
        ["Gateway.Core/Kubernetes/Client"] = 1000,
        ["Gateway.Core/Kubernetes/Informers"] = 1100,
        ["Gateway.Core/Annotations"] = 1200,
        ["Gateway.Core/Leases"] = 1300,
        ["Gateway.Core/Identity"] = 1400,
        ["Gateway.Core/Registry"] = 1500,
        ["Gateway.Core/Registration"] = 1600,
        ["Gateway.Core/Subscriptions"] = 1700,
        ["Gateway.Api"] = 1800,
        ["Gateway.Emulator"] = 2000,
        ["Gateway.Core/Fence"] = 2200,
        ["Gateway.Core/Supervision"] = 2300,
    };

    [Fact]
    public void EventIdsAreUniqueAndOfTheirFoldersRange()
    {
        var messages = Ranges.Keys.Where(static folder => Directory.Exists(Path.Combine(SourceTree.Root, folder)))
            .SelectMany(static folder => SourceTree.CSharpFiles(folder).SelectMany(file => MessagesOf(folder, file))).ToList();

        messages.ShouldNotBeEmpty();
        messages.Where(static message => message.Id < 0).ShouldBeEmpty("every message has an id of its own");
        messages.GroupBy(static message => message.Id).Where(static group => group.Count() > 1)
            .Select(static group => $"{group.Key}: {string.Join(", ", group.Select(static message => message.File))}").ShouldBeEmpty();
        messages.Where(static message => message.Id < Ranges[message.Folder] || message.Id >= Ranges[message.Folder] + (message.Folder == "Gateway.Api" ? 200 : 100))
            .ShouldBeEmpty();
    }

    private static IEnumerable<(string Folder, string File, int Id)> MessagesOf(string folder, string file) =>
        from Match match in LoggerMessage().Matches(File.ReadAllText(file))
        let id = EventId().Match(match.Value)
        select (folder, SourceTree.Relative(file), id.Success ? int.Parse(id.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture) : -1);

    [GeneratedRegex(@"\[LoggerMessage\((?:[^()""]|""(?:[^""\\]|\\.)*""|\([^()]*\))*\)\]", RegexOptions.Singleline)]
    private static partial Regex LoggerMessage();

    [GeneratedRegex(@"(?:\[LoggerMessage\(\s*|EventId\s*=\s*)(\d{3,5})\b")]
    private static partial Regex EventId();
}
