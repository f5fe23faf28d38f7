using System.Collections.Immutable;
using System.Reflection;

namespace Gateway.Api.Hosting;

/// <summary>
/// Keys under the gateway's own sections that no option has, e.g. with a misspelt name. They are reported and ignored: a configuration for a newer
/// version also serves an older one.
/// </summary>
internal static partial class UnknownSettings
{
    // A log line stays short.
    private const int Named = 20;

    // A misspelling has no more edits than this.
    private const int MostEdits = 3;

    /// <param name="sections">Each section with a type that is bound to it; a section may have several.</param>
    /// <returns>As environment variables, with the option that was probably meant.</returns>
    public static ImmutableArray<string> Find(IConfiguration configuration, IEnumerable<(string Name, Type Options)> sections)
    {
        var unknown = ImmutableArray.CreateBuilder<string>();
        foreach (var section in sections.GroupBy(static section => section.Name, static section => section.Options))
        {
            var known = section.SelectMany(static type => type.GetProperties(BindingFlags.Instance | BindingFlags.Public)).Select(static one => one.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
            foreach (var key in configuration.GetSection(section.Key).GetChildren().Select(static child => child.Key).Where(key => !known.Contains(key)))
                unknown.Add(Shown(section.Key, key, known));
        }

        return unknown.ToImmutable();
    }

    public static void Report(ILogger logger, ImmutableArray<string> unknown)
    {
        if (!unknown.IsEmpty)
            LogIgnored(logger, string.Join(", ", unknown.Take(Named)) + (unknown.Length > Named ? $" and {unknown.Length - Named} more" : ""));
    }

    private static string Shown(string section, string key, HashSet<string> known)
    {
        var (meant, edits) = known.Select(name => (name, Distance(key.ToUpperInvariant(), name.ToUpperInvariant()))).MinBy(static one => one.Item2);
        return edits <= MostEdits ? $"{section}__{key} ({section}__{meant}?)" : $"{section}__{key}";
    }

    /// <summary>Levenshtein's: how many characters have to be put in, left out or changed.</summary>
    private static int Distance(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (from[i - 1] == to[j - 1] ? 0 : 1)));
        }

        return row[^1];
    }

    [LoggerMessage(1916, LogLevel.Warning, "Ignored settings that do not exist: {Names}")]
    private static partial void LogIgnored(ILogger logger, string names);
}
