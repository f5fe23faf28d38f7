using System.Globalization;
using System.Text;
using Gateway.Benchmarks.Results;

namespace Gateway.Benchmarks.Reports;

/// <summary>The figures of one name over their sizes, from the smallest.</summary>
internal sealed record GrowthLine(string Name, IReadOnlyList<Figure> Figures)
{
    /// <param name="commands">In the order of the page.</param>
    public static IReadOnlyList<GrowthLine> Of(ResultFile results, IEnumerable<string> commands) =>
    [
        .. from command in commands
           from line in results.Figures.Where(one => one.Command == command && one.Growth is not null && one.Gateway > 0).GroupBy(static one => one.Growth!.Of)
           select new GrowthLine(line.Key, [.. line.OrderBy(static one => one.Growth!.Size)]),
    ];

    /// <summary>The smallest size alone is no line.</summary>
    public bool HasGrown => Figures.Count > 1;

    /// <summary>Size and figure beside those of the smallest size.</summary>
    public (double Size, double Value) FactorOf(Figure figure) =>
        ((double)figure.Growth!.Size / Figures[0].Growth!.Size, figure.Gateway / Figures[0].Gateway);
}

/// <summary>The main figures of each command at each scale: what depends on the size, and how much.</summary>
internal static class GrowthTable
{
    private static readonly int[] Scales = [1, 10, 100];

    public static string Text(IReadOnlyList<GrowthLine> lines, IReadOnlyList<Omission> omissions)
    {
        if (lines.Count == 0)
            return "";
        var text = new StringBuilder("""
            ## Growth

            The main figures of each command over what grows. The last two columns say how many times as large the largest measured size is as the smallest, and the figure there: × 1 where the size does
            not matter, as much as the size where the figure is in proportion to it. Between runs on a shared machine the figures of one size differ too.

            | figure | 1x | 10x | 100x | size | figure |
            | --- | --- | --- | --- | --- | --- |

            """);
        foreach (var line in lines)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {line.Name} |");
            foreach (var scale in Scales)
                text.Append(CultureInfo.InvariantCulture, $" {Cell(line, scale, omissions)} |");
            var (size, value) = line.FactorOf(line.Figures[^1]);
            text.Append(line.HasGrown ? FormattableString.Invariant($" × {size:0.#} | × {value:0.##} |\n") : " | |\n");
        }

        return text.Append(lines.Any(static line => line.HasGrown) ? "\n![Growth](performance/growth.svg)\n\n" : "\n").ToString();
    }

    private static string Cell(GrowthLine line, int scale, IReadOnlyList<Omission> omissions)
    {
        if (line.Figures.FirstOrDefault(one => one.Scale == scale) is { } figure)
            return FormattableString.Invariant($"{figure.ShownGateway}, {figure.Growth!.Size:N0} {figure.Growth.Unit}");
        return omissions.Any(one => one.Scale == scale && one.Command == line.Figures[0].Command) ? "see below" : "not measured";
    }
}
