using System.Collections.Concurrent;
using System.Diagnostics;

namespace Gateway.Benchmarks.Processes;

/// <summary>A process that was started for a run and ends with it; what it has cost so far.</summary>
internal class ChildProcess : IAsyncDisposable
{
    // Every process that was started and has not ended: none outlives this one, however it ends.
    private static readonly ConcurrentDictionary<Process, bool> Running = new();

    private readonly Process _process;

    static ChildProcess() => AppDomain.CurrentDomain.ProcessExit += static (_, _) =>
    {
        foreach (var process in Running.Keys)
            process.Kill();
    };

    protected ChildProcess(ProcessStartInfo start)
    {
        Started = Stopwatch.GetTimestamp();
        _process = Process.Start(start)!;
        Running[_process] = true;
    }

    /// <summary><c>Stopwatch</c> ticks just before the start.</summary>
    public long Started { get; }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public StreamWriter Input => _process.StandardInput;

    public StreamReader Output => _process.StandardOutput;

    /// <summary>Processor seconds so far, in all threads.</summary>
    public double CpuSeconds
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime.TotalSeconds;
        }
    }

    /// <summary>Resident bytes.</summary>
    public long Resident
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>The largest resident size so far.</summary>
    public long ResidentPeak
    {
        get
        {
            _process.Refresh();
            return _process.PeakWorkingSet64;
        }
    }

    /// <summary>This program again, with a hidden command. It ends when its input ends.</summary>
    public static ChildProcess OfSelf(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };

        // Under "dotnet Gateway.Benchmarks.dll" the process is dotnet itself.
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(typeof(ChildProcess).Assembly.Location);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return new ChildProcess(start);
    }

    /// <summary>Another program, whose output is not read. Throws <see cref="System.ComponentModel.Win32Exception"/> where there is none of that name.</summary>
    public static ChildProcess OfProgram(string name, params string[] arguments)
    {
        var child = new ChildProcess(new ProcessStartInfo(name, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, WorkingDirectory = Path.GetTempPath() });
        _ = child.Output.BaseStream.CopyToAsync(Stream.Null);
        return child;
    }

    /// <summary>The next line of output; throws when there is none.</summary>
    public async Task<string> ReadLineAsync() => await Output.ReadLineAsync() ?? throw new InvalidOperationException("A process of the run ended early.");

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        Running.TryRemove(_process, out _);
        _process.Dispose();
        GC.SuppressFinalize(this);
    }
}
