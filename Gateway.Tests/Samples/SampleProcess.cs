using System.Diagnostics;
using System.Threading.Channels;

namespace Gateway.Tests.Samples;

/// <summary>A sample that runs as its reader would run it; its output comes line by line.</summary>
internal sealed class SampleProcess : IDisposable
{
    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly Channel<string> _reported = Channel.CreateUnbounded<string>();
    private readonly List<string> _errors = [];

    public SampleProcess(string program, string[] arguments, string? tokenFile = null)
    {
        _process = new Process { StartInfo = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true } };
        if (tokenFile is not null)
            _process.StartInfo.Environment["REGISTRY_TOKEN_FILE"] = tokenFile;
        _process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is null)
                _lines.Writer.TryComplete();
            else
                _lines.Writer.TryWrite(line.Data);
        };
        _process.ErrorDataReceived += (_, line) =>
        {
            lock (_errors)
                _errors.Add(line.Data ?? "");
            _reported.Writer.TryWrite(line.Data ?? "");
        };
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Whether a program is there to be run.</summary>
    public static bool IsInstalled(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));

    public async Task WaitForLineAsync(string expected)
    {
        var seen = new List<string>();
        using var deadline = new CancellationTokenSource(Patience.Limit * 2);
        try
        {
            await foreach (var line in _lines.Reader.ReadAllAsync(deadline.Token))
            {
                if (line == expected)
                    return;
                seen.Add(line);
            }
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            // Told below.
        }

        lock (_errors)
            throw new InvalidOperationException($"'{expected}' was not printed, but: {string.Join(" / ", seen)}; errors: {string.Join(" / ", _errors)}");
    }

    /// <summary>The next line of standard error that begins so.</summary>
    public async Task<string> WaitForErrorAsync(string start)
    {
        using var deadline = new CancellationTokenSource(Patience.Limit * 2);
        while (true)
        {
            var line = await _reported.Reader.ReadAsync(deadline.Token);
            if (line.StartsWith(start, StringComparison.Ordinal))
                return line;
        }
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }
}
