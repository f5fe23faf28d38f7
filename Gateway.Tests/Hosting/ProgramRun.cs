using System.Diagnostics;

namespace Gateway.Tests.Hosting;

/// <summary>A run of <c>dotnet</c> from start to end: what it exited with and what it wrote.</summary>
internal sealed record ProgramRun(int ExitCode, string Output, string Error)
{
    /// <param name="arguments">A program of the tests' own folder by its name, or any other argument of <c>dotnet</c>.</param>
    /// <param name="environment">Set beside what the tests run with.</param>
    /// <param name="limit">After so long it is killed; null: the limit of all tests.</param>
    public static async Task<ProgramRun> OfAsync(string[] arguments, (string Name, string Value)[]? environment = null, TimeSpan? limit = null)
    {
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            WorkingDirectory = AppContext.BaseDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? [])
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync();
            var error = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync().WaitAsync(limit ?? Patience.Limit * 2);
            return new ProgramRun(process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }
}
