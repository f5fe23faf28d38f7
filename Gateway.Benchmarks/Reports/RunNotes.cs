using System.Globalization;
using System.Text;
using Gateway.Benchmarks.Results;

namespace Gateway.Benchmarks.Reports;

/// <summary>How the figures of the page were taken: in which runs, at which load of the machine, how often, and what was left out.</summary>
internal static class RunNotes
{
    public static string Text(ResultFile results)
    {
        var text = new StringBuilder("## How these figures were taken\n\n");
        text.Append(results.Runs.Count == 1 && results.Figures.All(figure => figure.Run == results.Runs[0].Started)
            ? "One run made every figure of this page"
            : "These runs made the figures of this page, so not all of them were taken in one");
        text.Append("""
            . The load average is that of the last minute before the run: beside 0, other work slowed it down.

            | began (UTC) | command line | load average | minutes | figures |
            | --- | --- | --- | --- | --- |

            """);
        foreach (var run in results.Runs)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"| {run.Started} | `{run.CommandLine}` | {run.Load?.ToString("0.00", CultureInfo.InvariantCulture) ?? "unknown"} | {run.Minutes:0.0} | {results.Figures.Count(one => one.Run == run.Started)} |\n");
        }

        if (results.Figures.Count(static one => one.Run.Length == 0) is var unknown and > 0)
            text.Append(CultureInfo.InvariantCulture, $"| unknown | | | | {unknown} |\n");
        text.Append(CultureInfo.InvariantCulture, $"""

            One scale was measured after the other. Rounds of each side: {string.Join("; ", RoundsOf(results.Figures))}. Memory is measured once at each size. Before the rounds comes one measurement
            that does not count, except where each measurement has a process of its own.

            """);
        if (results.Omissions.Count == 0)
            return text.Append('\n').ToString();
        text.Append("\n| not measured | scale | why |\n| --- | --- | --- |\n");
        foreach (var omission in results.Omissions.OrderBy(static one => one.Scale))
            text.Append(CultureInfo.InvariantCulture, $"| {omission.Command} | {omission.Scale}x | {omission.Reason.Replace('\n', ' ').Replace("|", "\\|", StringComparison.Ordinal)} |\n");
        return text.Append('\n').ToString();
    }

    // What has no yardstick, and memory, is measured once.
    private static IEnumerable<string> RoundsOf(IEnumerable<Figure> figures) =>
        from scale in figures.Where(static one => one.Yardstick is not null && one.Command != "memory").GroupBy(static one => one.Scale)
        orderby scale.Key
        let rounds = scale.Select(static one => one.Rounds).Distinct().Order()
        select FormattableString.Invariant($"{string.Join(" or ", rounds)} at {scale.Key}x");
}
