using System.Globalization;
using System.Net;
using System.Text;
using Gateway.Benchmarks.Results;

namespace Gateway.Benchmarks.Reports;

/// <summary>
/// A plot as SVG: for each figure a bar of the gateway and one of its yardstick. Units differ, so the longer of the two bars has the full width.
/// </summary>
internal static class BarPlot
{
    private const int Left = 330;
    private const int Width = 420;
    private const int Row = 44;

    public static string Of(string title, IReadOnlyList<Figure> figures)
    {
        var height = 56 + (Row * figures.Count);
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" width="{Left + Width + 150}" height="{height}" viewBox="0 0 {Left + Width + 150} {height}" font-family="sans-serif" font-size="12" role="img" aria-label="{Text(title)}">
            <rect width="100%" height="100%" fill="#ffffff"/>
            <text x="12" y="22" font-size="15" font-weight="bold" fill="#1f2328">{Text(title)}</text>
            <rect x="{Left}" y="12" width="12" height="12" fill="#1f6feb"/><text x="{Left + 18}" y="22" fill="#1f2328">gateway</text>
            <rect x="{Left + 90}" y="12" width="12" height="12" fill="#8c959f"/><text x="{Left + 108}" y="22" fill="#1f2328">yardstick</text>

            """);
        var y = 40;
        foreach (var figure in figures.OrderBy(static one => one.Scale))
        {
            var most = Math.Max(1e-9, Math.Max(Math.Abs(figure.Gateway), figure.Yardstick ?? 0));
            var name = figure.Name + (figure.Scale > 1 ? $" ({figure.Scale}x)" : "");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 8}\" y=\"{y + 20}\" text-anchor=\"end\" fill=\"#1f2328\">{Text(name)}</text>\n");
            Bar(svg, y, Math.Max(0, figure.Gateway) / most, "#1f6feb", figure.ShownGateway);
            if (figure.Yardstick is { } yardstick)
                Bar(svg, y + 16, yardstick / most, "#8c959f", $"{Figure.Shown(yardstick)} {figure.Unit}");
            y += Row;
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static void Bar(StringBuilder svg, int y, double part, string colour, string text)
    {
        var width = part * Width;
        svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{Left}\" y=\"{y + 2}\" width=\"{width:0.#}\" height=\"13\" fill=\"{colour}\"/>");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left + width + 6:0.#}\" y=\"{y + 13}\" fill=\"#1f2328\">{Text(text)}</text>\n");
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
