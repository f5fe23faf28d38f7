using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Gateway.Core.Diagnostics;
using Gateway.Core.Redis;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Redis;

/// <summary>
/// A real redis-server on a free port of loopback, which may be killed and started again under the same address. Where it is not installed
/// the test is skipped, but never in CI.
/// </summary>
internal sealed class RedisUnderTest : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("redis-under-test").FullName;
    private Process? _process;

    private readonly string[] _settings;

    private RedisUnderTest(int port, string[] settings) => (Port, _settings) = (port, settings);

    public int Port { get; }

    public string Configuration => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    /// <param name="settings">Of redis-server's command line; <c>{port}</c> becomes the port.</param>
    public static async Task<RedisUnderTest> StartAsync(params string[] settings)
    {
        var redis = new RedisUnderTest(LoopbackPort.Free(), settings);
        await redis.StartAgainAsync();
        return redis;
    }

    public async Task StartAgainAsync()
    {
        var start = new ProcessStartInfo("redis-server") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _directory };
        var port = Port.ToString(CultureInfo.InvariantCulture);
        string[] usual = ["--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
        foreach (var argument in usual.Concat(_settings.Select(setting => setting.Replace("{port}", port, StringComparison.Ordinal))))
            start.ArgumentList.Add(argument);
        try
        {
            _process = Process.Start(start)!;
        }
        catch (Win32Exception) when (!string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase))
        {
            Assert.Skip("redis-server is not installed.");
        }

        var ready = new TaskCompletionSource();
        _process!.OutputDataReceived += (_, line) =>
        {
            if (line.Data?.Contains("Ready to accept connections", StringComparison.Ordinal) == true)
                ready.TrySetResult();
        };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await ready.Task.Within();
    }

    /// <summary>As kill -9: nothing is saved.</summary>
    public async Task KillAsync()
    {
        if (_process is not { } process)
            return;
        _process = null;
        process.Kill();
        await process.WaitForExitAsync().Within();
        process.Dispose();
    }

    /// <summary>A connection of its own, as another replica has; Redis has answered it.</summary>
    public async Task<RedisConnection> ConnectAsync(MetricsRecorder? metrics = null)
    {
        var connection = new RedisConnection(
            new RedisOptions { Configuration = Configuration + ",allowAdmin=true" }, new GatewayMetrics(metrics), Supervised.Loops(), NullLogger<RedisConnection>.Instance, TimeProvider.System);
        await connection.UntilAsync(isAvailable: true);
        return connection;
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
