using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Gateway.Benchmarks.Results;

namespace Gateway.Benchmarks.Reports;

/// <summary>
/// How much memory a replica needs for 1,000 to 150,000 pods: between the measured peaks by a straight line. The request is the resident peak, the limit
/// half as much again, for a burst of subscribers and a relist.
/// </summary>
internal static partial class CapacityTable
{
    private static readonly int[] Pods = [1_000, 5_000, 10_000, 20_000, 50_000, 100_000, 150_000];

    public static string Text(ResultFile results)
    {
        var measured = Measured(results).OrderBy(static one => one.Pods).ToList();
        if (measured.Count < 2)
            return "";
        var text = new StringBuilder("""
            ## Capacity of a replica

            The chart's `resources` follow this table. Between measured sizes the line is straight; sizes beyond the largest that was measured are estimates by the same line. The memory request is the peak
            while syncing, the limit half as much again. A subscriber needs the memory of its row above beside it.

            | pods | memory request | memory limit | |
            | --- | --- | --- | --- |

            """);
        foreach (var pods in Pods)
        {
            var (peak, isEstimate) = PeakOf(measured, pods);
            var request = Math.Ceiling(peak / 16) * 16;
            text.Append(CultureInfo.InvariantCulture, $"| {pods:N0} | {request:0}Mi | {Math.Ceiling(request * 1.5 / 16) * 16:0}Mi | {(isEstimate ? "estimated" : "")} |\n");
        }

        return text.Append('\n').ToString();
    }

    /// <summary>The peak in MB for so many pods, and whether that lies outside of what was measured.</summary>
    /// <param name="measured">At least two, by their pods.</param>
    public static (double Megabytes, bool IsEstimate) PeakOf(IReadOnlyList<(int Pods, double Peak)> measured, int pods)
    {
        var upper = Math.Clamp(measured.TakeWhile(one => one.Pods < pods).Count(), 1, measured.Count - 1);
        var (low, high) = (measured[upper - 1], measured[upper]);
        var peak = low.Peak + ((high.Peak - low.Peak) * (pods - low.Pods) / (high.Pods - low.Pods));
        return (Math.Max(peak, measured[0].Peak), pods > measured[^1].Pods);
    }

    private static IEnumerable<(int Pods, double Peak)> Measured(ResultFile results)
    {
        foreach (var figure in results.Figures.Where(static one => one.Command == "memory"))
        {
            var peak = Peak().Match(figure.Note);
            if (peak.Success && figure.Name == "resident, idle over a small cluster")
                yield return (20, double.Parse(peak.Groups[1].Value, CultureInfo.InvariantCulture));
            else if (peak.Success && NamedPods().Match(figure.Name) is { Success: true } pods)
                yield return (int.Parse(pods.Groups[1].Value, CultureInfo.InvariantCulture), double.Parse(peak.Groups[1].Value, CultureInfo.InvariantCulture));
        }
    }

    [GeneratedRegex(@"peak (\d+) MB")]
    private static partial Regex Peak();

    [GeneratedRegex(@"^resident, (\d+) pods named by Services$")]
    private static partial Regex NamedPods();
}
