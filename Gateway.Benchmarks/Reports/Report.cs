using Gateway.Benchmarks.Commands;

namespace Gateway.Benchmarks.Reports;

internal static class Report
{
    public static int Write(Arguments arguments, TextWriter progress)
    {
        progress.WriteLine(arguments.Json);
        return 0;
    }
}
