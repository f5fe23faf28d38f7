using System.Globalization;
using System.Net;
using System.Text;

namespace Gateway.Benchmarks.Reports;

/// <summary>
/// A plot as SVG: each line is a figure relative to its smallest size, over the size relative to that, both logarithmic. A level line does not depend on the size; the
/// dashed one grows in proportion to it.
/// </summary>
internal static class GrowthPlot
{
    private const int Left = 70, Top = 44, Width = 520, Height = 440, Legend = 620;
    private const double Decades = 2;

    private static readonly string[] Colours =
        ["#1f6feb", "#cf222e", "#1a7f37", "#8250df", "#bf8700", "#0a3069", "#bc4c00", "#2da44e", "#a40e26", "#6e7781", "#0550ae", "#953800", "#4d2d00"];

    public static string Of(IReadOnlyList<GrowthLine> all)
    {
        // The figure that grew most is the first of the legend, as it is the highest line.
        var lines = all.Where(static line => line.HasGrown).OrderByDescending(static line => line.FactorOf(line.Figures[^1]).Value).ToList();
        var values = lines.SelectMany(static line => line.Figures.Select(figure => Math.Log10(line.FactorOf(figure).Value))).ToList();
        var (low, high) = ((int)Math.Floor(Math.Min(-1, values.DefaultIfEmpty(0).Min())), (int)Math.Ceiling(Math.Max(2, values.DefaultIfEmpty(0).Max())));
        double X(double size) => Left + (Math.Log10(size) / Decades * Width);
        double Y(double value) => Top + ((high - Math.Log10(value)) / (high - low) * Height);
        var (width, height) = (Legend + 370, Math.Max(Top + Height + 56, Top + 20 + (18 * lines.Count)));

        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12" fill="#1f2328" role="img" aria-label="Growth">
            <rect width="100%" height="100%" fill="#ffffff"/>
            <text x="12" y="22" font-size="15" font-weight="bold">Figures relative to their smallest size</text>
            <text x="{Left + (Width / 2)}" y="{Top + Height + 42}" text-anchor="middle">size relative to the smallest</text>

            """);
        for (var power = 0; power <= Decades; power++)
            Grid(svg, X(Math.Pow(10, power)), Top, X(Math.Pow(10, power)), Top + Height, $"{Math.Pow(10, power)}", X(Math.Pow(10, power)), Top + Height + 20, "middle");
        for (var power = low; power <= high; power++)
            Grid(svg, Left, Y(Math.Pow(10, power)), Left + Width, Y(Math.Pow(10, power)), Math.Pow(10, power).ToString(CultureInfo.InvariantCulture), Left - 8, Y(Math.Pow(10, power)) + 4, "end");
        svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{X(1):0.#}\" y1=\"{Y(1):0.#}\" x2=\"{X(100):0.#}\" y2=\"{Y(100):0.#}\" stroke=\"#8c959f\" stroke-dasharray=\"6 4\"/>\n");
        for (var i = 0; i < lines.Count; i++)
        {
            var (line, colour) = (lines[i], Colours[i % Colours.Length]);
            var points = line.Figures.Select(line.FactorOf).Select(point => (X: X(point.Size), Y: Y(point.Value))).ToList();

            // More lines than colours: the second of a colour is dotted.
            var dots = i < Colours.Length ? "" : " stroke-dasharray=\"2 3\"";
            svg.Append(CultureInfo.InvariantCulture,
                $"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"{dots} points=\"{string.Join(' ', points.Select(static point => FormattableString.Invariant($"{point.X:0.#},{point.Y:0.#}")))}\"/>\n");
            foreach (var (x, y) in points)
                svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{x:0.#}\" cy=\"{y:0.#}\" r=\"3\" fill=\"{colour}\"/>\n");
            var row = Top + 10 + (18 * i);
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Legend}\" y1=\"{row}\" x2=\"{Legend + 24}\" y2=\"{row}\" stroke=\"{colour}\" stroke-width=\"2\"{dots}/>");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Legend + 32}\" y=\"{row + 4}\">{WebUtility.HtmlEncode(line.Name)} ({line.Figures[0].Growth!.Unit})</text>\n");
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static void Grid(StringBuilder svg, double x1, double y1, double x2, double y2, string label, double x, double y, string anchor)
    {
        svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{x1:0.#}\" y1=\"{y1:0.#}\" x2=\"{x2:0.#}\" y2=\"{y2:0.#}\" stroke=\"#d0d7de\"/>");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{x:0.#}\" y=\"{y:0.#}\" text-anchor=\"{anchor}\">{label}</text>\n");
    }
}
