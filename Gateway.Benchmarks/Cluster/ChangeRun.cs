using System.Diagnostics;
using System.Globalization;
using Gateway.Benchmarks.Results;
using Microsoft.AspNetCore.Http;

namespace Gateway.Benchmarks.Cluster;

/// <summary>Changes pod after pod at a steady rate and notes when.</summary>
internal static class ChangeRun
{
    /// <param name="query"><c>rate</c> (a second), <c>seconds</c>, <c>pods</c> (the first so many, in turn; default all).</param>
    public static async Task<ChangeLog> RunAsync(IQueryCollection query, Action<int> change, int all, CancellationToken cancellationToken)
    {
        int Number(string name, int otherwise) => int.TryParse(query[name], CultureInfo.InvariantCulture, out var value) ? value : otherwise;
        var (rate, pods) = (Number("rate", 100), Math.Min(all, Number("pods", all)));
        var count = rate * Number("seconds", 1);
        var log = new ChangeLog([], []);
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < count; i++)
        {
            // Late ones follow at once: the rate holds on average.
            var due = TimeSpan.FromSeconds((double)i / rate) - Stopwatch.GetElapsedTime(started);
            if (due >= TimeSpan.FromMilliseconds(1))
                await Task.Delay(due, cancellationToken);
            log.Pods.Add(i % pods);
            log.Ticks.Add(Stopwatch.GetTimestamp());
            change(i % pods);
        }

        return log;
    }
}
