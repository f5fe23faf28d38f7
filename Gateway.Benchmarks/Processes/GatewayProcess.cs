using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Gateway.Benchmarks.Bare;

namespace Gateway.Benchmarks.Processes;

/// <summary>The gateway in a process of its own, over the API server at a URL.</summary>
internal sealed class GatewayProcess : ChildProcess
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(5) };

    private GatewayProcess(ProcessStartInfo start, int port, int http2Port)
        : base(start) => (Port, Http2Port) = (port, http2Port);

    public int Port { get; }

    public int Http2Port { get; }

    /// <summary><c>Stopwatch</c> ticks at the first 200 of /readyz.</summary>
    public long Ready { get; private set; }

    /// <summary>Seconds from the start of the process to then.</summary>
    public double SecondsToReady => Stopwatch.GetElapsedTime(Started, Ready).TotalSeconds;

    /// <param name="settings">In the form of environment variables, beside what every run sets.</param>
    public static async Task<GatewayProcess> StartAsync(GatewayBuild build, Uri cluster, IReadOnlyDictionary<string, string>? settings = null)
    {
        var (port, http2Port) = (FreePort(), FreePort());
        var start = new ProcessStartInfo(build.Executable) { RedirectStandardInput = true, RedirectStandardOutput = true, WorkingDirectory = build.Directory };
        foreach (var (name, value) in Settings(cluster, port, http2Port).Concat(settings ?? new Dictionary<string, string>()))
            start.Environment[name] = value;
        var gateway = new GatewayProcess(start, port, http2Port);
        _ = gateway.Output.BaseStream.CopyToAsync(Stream.Null);
        try
        {
            await gateway.WaitUntilReadyAsync();
            return gateway;
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }

    /// <summary>The answer to a GET, so that a yardstick can give the same.</summary>
    public async Task<BareAnswer> AnswerAsync(string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://127.0.0.1:{Port}{path}"));
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var answer = await Http.SendAsync(request);
        var body = await answer.Content.ReadAsByteArrayAsync();
        var all = answer.Headers.Concat(answer.Content.Headers)
            .Where(static header => header.Key is not ("Date" or "Server" or "Content-Length" or "Transfer-Encoding" or "Connection"))
            .ToDictionary(static header => header.Key, static header => string.Join(", ", header.Value));
        return new BareAnswer((int)answer.StatusCode, all, body);
    }

    /// <summary>A line of /metrics: the sum of all its series; null where there is none.</summary>
    public async Task<double?> MetricAsync(string name)
    {
        var values = (await MetricsAsync()).Split('\n').Where(line => line.StartsWith(name, StringComparison.Ordinal) && line.Length > name.Length && line[name.Length] is ' ' or '{')
            .Select(static line => double.Parse(line[(line.LastIndexOf('}') + 1)..].Trim().Split(' ')[0], CultureInfo.InvariantCulture)).ToList();
        return values.Count > 0 ? values.Sum() : null;
    }

    /// <summary>A histogram of /metrics so far; without buckets where there is none.</summary>
    public async Task<Histogram> HistogramAsync(string name) => Histogram.Of(await MetricsAsync(), name);

    public static byte[] Get(string path, string headers = "") => Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n");

    private Task<string> MetricsAsync() => Http.GetStringAsync(new Uri($"http://127.0.0.1:{Port}/metrics"));

    private static Dictionary<string, string> Settings(Uri cluster, int port, int http2Port) => new(StringComparer.Ordinal)
    {
        ["ASPNETCORE_ENVIRONMENT"] = "Production",
        ["Kestrel__Endpoints__Http__Url"] = $"http://127.0.0.1:{port}",
        ["Kestrel__Endpoints__Http2__Url"] = $"http://127.0.0.1:{http2Port}",
        ["Kestrel__Endpoints__Http2__Protocols"] = "Http2",
        ["Kubernetes__Mode"] = "Emulated",
        ["Kubernetes__WatchdogInterval"] = "0",
        ["Emulator__AllowOutsideDevelopment"] = "true",
        ["Emulator__Start"] = "false",
        ["Emulator__Url"] = cluster.ToString(),
        ["Subscriptions__SingleReplica"] = "true",
        ["Logging__LogLevel__Default"] = "Warning",
    };

    private async Task WaitUntilReadyAsync()
    {
        var url = new Uri($"http://127.0.0.1:{Port}/readyz");
        while (Stopwatch.GetElapsedTime(Started) < TimeSpan.FromMinutes(5))
        {
            if (HasExited)
                throw new InvalidOperationException("The gateway ended before it was ready.");
            try
            {
                using var answer = await Http.GetAsync(url);
                if (answer.IsSuccessStatusCode)
                {
                    Ready = Stopwatch.GetTimestamp();
                    return;
                }
            }
            catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException)
            {
                // It does not listen yet, or is too busy to answer.
            }

            await Task.Delay(2);
        }

        throw new InvalidOperationException("The gateway was not ready after five minutes.");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
