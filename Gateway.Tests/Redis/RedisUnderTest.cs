using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Gateway.Core.Diagnostics;
using Gateway.Core.Redis;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Redis;

/// <summary>
/// A real redis-server on a free port of loopback, which may be killed and started again under the same address: one that the test alone has, or
/// a part of the one that all share. Where it is not installed the test is skipped, but never in CI.
/// </summary>
internal sealed class RedisUnderTest : IAsyncDisposable
{
    /// <summary>So many tests may share one server.</summary>
    public const int Databases = 4096;

    private readonly string? _directory;
    private readonly string[] _settings;
    private Process? _process;

    private RedisUnderTest(int port, int? database, string[] settings)
    {
        (Port, _settings) = (port, settings);
        _directory = database is null ? Directory.CreateTempSubdirectory("redis-under-test").FullName : null;

        // A database holds keys alone; channels are the server's.
        Configuration = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}")
            + (database is null ? "" : string.Create(CultureInfo.InvariantCulture, $",defaultDatabase={database},channelPrefix=database-{database}:"));
    }

    public int Port { get; }

    public string Configuration { get; }

    /// <summary>A server of the test's own: to be killed, held up, flushed, or counted by.</summary>
    /// <param name="settings">Of redis-server's command line; <c>{port}</c> becomes the port.</param>
    public static async Task<RedisUnderTest> StartAsync(params string[] settings)
    {
        var redis = new RedisUnderTest(LoopbackPort.Free(), null, settings);
        await redis.StartAgainAsync();
        return redis;
    }

    /// <summary>An empty database, with channels of its own, on the server that all tests share.</summary>
    public static async Task<RedisUnderTest> ShareAsync()
    {
        var (port, database) = await SharedRedis.TakeAsync();
        return new RedisUnderTest(port, database, []);
    }

    public async Task StartAgainAsync()
    {
        var start = new ProcessStartInfo("redis-server") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _directory };
        var port = Port.ToString(CultureInfo.InvariantCulture);
        string[] arguments =
        [
            "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
            "--databases", Databases.ToString(CultureInfo.InvariantCulture),
            .. _settings.Select(setting => setting.Replace("{port}", port, StringComparison.Ordinal)),
        ];
        foreach (var argument in arguments)
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

    /// <summary>The answer to one command of redis-cli, which is another process: it depends on no client of ours.</summary>
    public async Task<string> RunAsync(params string[] command)
    {
        var start = new ProcessStartInfo("redis-cli") { RedirectStandardOutput = true };
        string[] arguments = ["-p", Port.ToString(CultureInfo.InvariantCulture), "-e", .. command];
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        using var cli = Process.Start(start)!;
        var answer = await cli.StandardOutput.ReadToEndAsync().Within();
        await cli.WaitForExitAsync().Within();
        cli.ExitCode.ShouldBe(0, answer);
        return answer.Trim();
    }

    /// <param name="name">STOP: it hangs, with its connections open. CONT: it goes on.</param>
    public async Task SignalAsync(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", _process!.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync().Within();
        kill.ExitCode.ShouldBe(0);
    }

    /// <summary>A connection of its own, as another replica has; Redis has answered it.</summary>
    public async Task<RedisConnection> ConnectAsync(
        MetricsRecorder? metrics = null, string prefix = RedisOptions.DefaultKeyPrefix, ILogger<RedisConnection>? logger = null,
        TimeSpan? callTimeout = null)
    {
        var options = new RedisOptions { Configuration = Configuration + ",allowAdmin=true", KeyPrefix = prefix };
        options.CallTimeout = callTimeout ?? options.CallTimeout;
        var connection = new RedisConnection(
            options, new GatewayMetrics(metrics), Supervised.Loops(),
            logger ?? NullLogger<RedisConnection>.Instance, TimeProvider.System);
        await connection.UntilAsync(isAvailable: true);
        return connection;
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        if (_directory is not null)
            Directory.Delete(_directory, recursive: true);
    }
}
