using System.Diagnostics;
using System.Threading.Channels;

namespace Gateway.Tests.Hosting;

/// <summary>The gateway, or another program of ours, as a process of its own, as an operator starts it; what it prints comes line by line.</summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();

    private GatewayProcess(string program, (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, program)]) { RedirectStandardOutput = true };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => _lines.Writer.TryWrite(line.Data ?? "");
        _process.Start();
        _process.BeginOutputReadLine();
    }

    public static GatewayProcess Start(string environment, Uri cluster, params (string Name, string Value)[] more) => StartProgram("Gateway.Api.dll",
    [
        ("ASPNETCORE_ENVIRONMENT", environment), ("ASPNETCORE_URLS", "http://127.0.0.1:0"), ("Kubernetes__Mode", "Emulated"),
        ("Emulator__Start", "false"), ("Emulator__AllowOutsideDevelopment", "true"), ("Emulator__Url", cluster.ToString()),
        .. more,
    ]);

    /// <param name="program">Its path, absolute or from the tests' own folder.</param>
    /// <param name="environment">Set beside what the tests run with.</param>
    public static GatewayProcess StartProgram(string program, params (string Name, string Value)[] environment) => new(program, environment);

    /// <summary>The lines up to the first that holds all of these words, which comes last.</summary>
    public async Task<IReadOnlyList<string>> ReadUntilAsync(params string[] words)
    {
        using var deadline = new CancellationTokenSource(Patience.Limit * 2);
        var read = new List<string>();
        try
        {
            while (read.Count == 0 || !words.All(word => read[^1].Contains(word, StringComparison.Ordinal)))
                read.Add(await _lines.Reader.ReadAsync(deadline.Token));
        }
        catch (OperationCanceledException)
        {
            throw new InvalidOperationException($"'{string.Join("', '", words)}' was not printed, but: {string.Join('\n', read)}");
        }

        return read;
    }

    /// <summary>Waits until the process has ended by itself.</summary>
    public async Task<int> ExitCodeAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Patience.Limit * 2);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync().Within();
        _process.Dispose();
    }
}
