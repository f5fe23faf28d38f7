using System.Diagnostics;
using System.Globalization;

namespace Gateway.Tests.Replicas;

/// <summary>A gateway as a process of its own, which can be killed or told to stop.</summary>
internal sealed class ReplicaProcess : IAsyncDisposable
{
    private readonly Process _process;

    private ReplicaProcess(Process process, Uri address)
    {
        _process = process;
        Http = new HttpClient(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = 1_000 }) { BaseAddress = address, Timeout = Patience.Limit };
    }

    public HttpClient Http { get; }

    public int ProcessId => _process.Id;

    /// <summary>Serves the cluster, to callers who may act for any pod, once it is ready.</summary>
    public static Task<ReplicaProcess> StartAsync(Uri cluster, params (string Key, string Value)[] settings) => StartAsync(cluster, ReplicaOutput.Read, settings);

    /// <summary>The same, with another end of its standard output.</summary>
    public static async Task<ReplicaProcess> StartAsync(Uri cluster, ReplicaOutput output, params (string Key, string Value)[] settings)
    {
        var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{LoopbackPort.Free()}"));
        string[] command = ["dotnet", Path.Combine(AppContext.BaseDirectory, "Gateway.Api.dll"), "--environment", "Development"];
        if (output == ReplicaOutput.Full)
            command = ["/bin/sh", "-c", "exec \"$0\" \"$@\" > /dev/full", .. command];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ASPNETCORE_URLS"] = address.ToString();
        start.Environment["Kubernetes__Mode"] = "Emulated";
        start.Environment["Emulator__Start"] = "false";
        start.Environment["Emulator__Url"] = cluster.ToString();
        foreach (var (key, value) in settings)
            start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        var process = Process.Start(start)!;
        if (output == ReplicaOutput.Closed)
            process.StandardOutput.Close();
        else if (output != ReplicaOutput.Unread)
            process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var replica = new ReplicaProcess(process, address);
        try
        {
            await replica.UntilReadyAsync();
            return replica;
        }
        catch
        {
            await replica.DisposeAsync();
            throw;
        }
    }

    /// <summary>As kill -9.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().Within();
    }

    /// <summary>As the kubelet: SIGTERM; the code it exits with.</summary>
    public async Task<int> TerminateAsync()
    {
        using (var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync().Within();
        await _process.WaitForExitAsync().Within();
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await KillAsync();
        _process.Dispose();
        Http.Dispose();
    }

    private async Task UntilReadyAsync()
    {
        using var deadline = new CancellationTokenSource(Patience.Limit);
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        do
        {
            _process.HasExited.ShouldBeFalse();
            try
            {
                using var answer = await Http.GetAsync("/readyz", deadline.Token);
                if (answer.IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }
        }
        while (await poll.WaitForNextTickAsync(deadline.Token));
    }
}

/// <summary>What is at the other end of a process' standard output.</summary>
internal enum ReplicaOutput
{
    Read,

    /// <summary>A pipe whose reader has closed it.</summary>
    Closed,

    /// <summary>A disk without room.</summary>
    Full,

    /// <summary>A pipe whose reader has stopped to read.</summary>
    Unread,
}
