using System.Diagnostics;
using System.Globalization;

namespace Gateway.Tests.Redis;

/// <summary>One sentinel on loopback that follows a master and decides alone.</summary>
internal sealed class SentinelUnderTest : IAsyncDisposable
{
    public const string Service = "registry";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("sentinel-under-test");
    private readonly TaskCompletionSource _knowsReplica = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Process _process;

    private SentinelUnderTest(RedisUnderTest master, string settings)
    {
        Port = LoopbackPort.Free();
        var file = Path.Combine(_directory.FullName, "sentinel.conf");
        File.WriteAllText(file, string.Create(CultureInfo.InvariantCulture, $"""
            port {Port}
            bind 127.0.0.1
            sentinel monitor {Service} 127.0.0.1 {master.Port} 1
            sentinel down-after-milliseconds {Service} 1000
            sentinel failover-timeout {Service} 10000
            {settings}

            """));
        _process = Process.Start(new ProcessStartInfo("redis-server", [file, "--sentinel"]) { RedirectStandardOutput = true, WorkingDirectory = _directory.FullName })!;
        _process.OutputDataReceived += (_, line) =>
        {
            if (line.Data?.Contains("+slave slave", StringComparison.Ordinal) == true)
                _knowsReplica.TrySetResult();
        };
        _process.BeginOutputReadLine();
    }

    public int Port { get; }

    public string Configuration => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port},serviceName={Service}");

    /// <summary>Knows the master and its replica.</summary>
    public static async Task<SentinelUnderTest> StartAsync(RedisUnderTest master, string settings = "")
    {
        var sentinel = new SentinelUnderTest(master, settings);
        await sentinel._knowsReplica.Task.Within();
        return sentinel;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().Within();
        _process.Dispose();
        _directory.Delete(recursive: true);
    }
}
