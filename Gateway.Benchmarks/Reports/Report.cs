using System.Globalization;
using System.Text;
using Gateway.Benchmarks.Commands;
using Gateway.Benchmarks.Processes;
using Gateway.Benchmarks.Results;

namespace Gateway.Benchmarks.Reports;

/// <summary>Writes the page with all figures, and a plot for each command, from a file of results. What stands between the markers of the page is kept.</summary>
internal static class Report
{
    public const string KeptBegin = "<!-- written by hand: begin -->";
    public const string KeptEnd = "<!-- written by hand: end -->";

    private static readonly (string Command, string Title, string Text)[] Sections =
    [
        ("lookup", "Lookup", "Requests a second of one gateway beside bare Kestrel: `app.Run` without routing that writes the same bytes and headers."),
        ("facades", "Facades", "Requests a second for a lookup in the form of another registry, beside a native lookup whose answer is as long (of more or fewer instances)."),
        ("fanout", "Fan-out", "Events a second that all subscribers of one service receive, beside bare Kestrel streams with the same events."),
        ("idle", "Idle subscribers", "Resident memory of a subscriber to which nothing happens, beside an idle stream of bare Kestrel."),
        ("register", "Registration", "Writes a second beside raw merge PATCHes of the same pods at the same API server and concurrency."),
        ("sync", "First sync", "From the first request for pods until `/readyz` is 200, beside a client that reads and discards the same bytes."),
        ("propagation", "Propagation", "From the moment in which the API server writes a watch frame until subscribers have read the event, beside a bare Kestrel stream, which has no watch before it; and what the gateway's own histogram says, from the arrival of the frame until its event is written to one subscriber."),
        ("heartbeat", "Heartbeats", "Renewals of leases a second beside the same requests to a bare Kestrel that answers 204."),
        ("churn", "Churn", "Processor time while pods change all the time. The cost of a change should not depend on the number of services."),
        ("start", "Start", "From the start of the process until `/readyz` is 200, beside the first answer of bare Kestrel."),
        ("memory", "Memory", "Resident memory ten seconds after the sync, and the live heap after a full collection, beside an idle bare Kestrel."),
    ];

    public static int Write(Arguments arguments, TextWriter progress)
    {
        ResultFile results;
        try
        {
            results = ResultFile.Read(arguments.Json!);
        }
        catch (Exception unreadable) when (unreadable is IOException or System.Text.Json.JsonException)
        {
            progress.WriteLine($"{arguments.Json} cannot be read: {unreadable.Message}");
            return 2;
        }

        var page = arguments.Output ?? Path.Combine(Repository.Root, "docs", "performance.md");
        var plots = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(page))!, "performance");
        Directory.CreateDirectory(plots);
        foreach (var (name, svg) in Plots(results))
            File.WriteAllText(Path.Combine(plots, name), svg);
        File.WriteAllText(page, Page(results, File.Exists(page) ? Kept(File.ReadAllText(page)) : DefaultKept));
        progress.WriteLine($"{page} was written.");
        return 0;
    }

    /// <summary>The page.</summary>
    /// <param name="kept">What was written by hand.</param>
    public static string Page(ResultFile results, string kept)
    {
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"""
            # Performance

            Made by `Gateway.Benchmarks`{Began(results)}: {results.Machine}, {results.Cores} cores, {results.MemoryBytes / 1_073_741_824.0:0} GB, {results.Runtime}. Gateway, load generator,
            API server and yardstick share the machine as processes of their own. Both sides are measured in turn in one run; a figure is the median of its rounds. Compare ratios, not
            figures, between machines.

            ```
            dotnet run -c Release --project Gateway.Benchmarks -- all --scales 1,10,100 --json results.json
            dotnet run -c Release --project Gateway.Benchmarks -- report --json results.json
            ```


            """);
        foreach (var (command, title, text) in Sections)
        {
            var figures = results.Figures.Where(one => one.Command == command).OrderBy(static one => one.Scale).ToList();
            if (figures.Count == 0)
                continue;
            page.Append(CultureInfo.InvariantCulture, $"## {title}\n\n{text}\n\n");
            page.Append("| measured | scale | gateway | yardstick | ratio | cpu ratio | asked | |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n");
            foreach (var figure in figures)
                page.Append(Row(figure));
            page.Append(CultureInfo.InvariantCulture, $"\n![{title}](performance/{command}.svg)\n\n");
        }

        page.Append(GrowthTable.Text(Lines(results), results.Omissions));
        page.Append(CapacityTable.Text(results));
        page.Append(RunNotes.Text(results));
        page.Append(CultureInfo.InvariantCulture, $"{KeptBegin}\n{kept.Trim('\n')}\n{KeptEnd}\n");
        return page.ToString();
    }

    /// <summary>What was written by hand on the page so far.</summary>
    public static string Kept(string page)
    {
        var (begin, end) = (page.IndexOf(KeptBegin, StringComparison.Ordinal), page.IndexOf(KeptEnd, StringComparison.Ordinal));
        return begin >= 0 && end > begin ? page[(begin + KeptBegin.Length)..end] : DefaultKept;
    }

    /// <summary>A plot for each command that has figures, and one of their growth.</summary>
    public static IEnumerable<(string Name, string Svg)> Plots(ResultFile results)
    {
        foreach (var (command, title, _) in Sections)
        {
            if (results.Figures.Where(one => one.Command == command).ToList() is { Count: > 0 } figures)
                yield return ($"{command}.svg", BarPlot.Of(title, figures));
        }

        var lines = Lines(results);
        if (lines.Any(static line => line.HasGrown))
            yield return ("growth.svg", GrowthPlot.Of(lines));
    }

    private static IReadOnlyList<GrowthLine> Lines(ResultFile results) => GrowthLine.Of(results, Sections.Select(static one => one.Command));

    private const string DefaultKept = """
        ## What was tried and did not help

        Nothing is noted yet.
        """;

    // With several runs each has its own load, and the notes name them all.
    private static string Began(ResultFile results) => results.Runs is [var run]
        ? $" in a run that began on {run.Started} UTC{(run.Load is { } load ? FormattableString.Invariant($" at a load average of {load:0.00}") : "")}"
        : $", last on {results.Date}";

    private static string Row(Figure figure)
    {
        var invariant = CultureInfo.InvariantCulture;
        var yardstick = figure.Yardstick is { } value ? $"{Figure.Shown(value)} {figure.Unit} ({figure.Beside})" : "";
        var asked = figure.IsReached == false ? figure.Asked.Replace("missed", "**missed**", StringComparison.Ordinal) : figure.Asked;
        return $"| {figure.Name} | {figure.Scale}x | {figure.ShownGateway} | {yardstick} | {figure.Ratio?.ToString("0.00", invariant)} | "
            + $"{figure.CpuRatio?.ToString("0.00", invariant)} | {asked} | {figure.Note} |\n";
    }
}
