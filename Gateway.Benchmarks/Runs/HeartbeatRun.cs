using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Gateway.Benchmarks.Bare;
using Gateway.Benchmarks.Cluster;
using Gateway.Benchmarks.Load;
using Gateway.Benchmarks.Processes;
using Gateway.Benchmarks.Results;

namespace Gateway.Benchmarks.Runs;

/// <summary>
/// Heartbeats of 1,000 leases, kept in memory and in Redis, beside the same requests to a bare Kestrel that answers 204. Growth: 10,000 and
/// 100,000 leases.
/// </summary>
internal static class HeartbeatRun
{
    public static async Task RunAsync(RunContext context)
    {
        await MeasureAsync(context, "in memory", new Dictionary<string, string>(), 20_000);
        if (context.Arguments.Redis is { } given)
        {
            await MeasureAsync(context, "through Redis", new Dictionary<string, string> { ["Redis__Configuration"] = given }, 10_000);
            return;
        }

        await using var redis = StartRedis(out var port);
        if (redis is null)
        {
            context.LeaveOut("through Redis: there is no redis-server; name one with --redis");
            return;
        }

        await MeasureAsync(context, "through Redis",
            new Dictionary<string, string> { ["Redis__Configuration"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port},abortConnect=false") }, 10_000);
    }

    private static async Task MeasureAsync(RunContext context, string name, Dictionary<string, string> settings, int asked)
    {
        var pods = 1000 * context.Scale;
        await using var cluster = await ClusterProcess.StartAsync(new ClusterShape(pods, 0));
        await using var gateway = await GatewayProcess.StartAsync(context.Build, cluster.Url, new Dictionary<string, string>(settings)
        {
            ["Limits__WriteBurst"] = "1000000",
            ["Limits__HeartbeatBurst"] = "1000000",
            ["Limits__HeartbeatsPerSecond"] = "1000000",
        });
        await using var bare = await BareProcess.StartAsync(context.Build);
        await bare.AnswerWithAsync(new BareAnswer(204, [], []));
        context.Progress($"{name}: registering {pods} pods");
        var requests = await RegisterAsync(gateway.Port, pods);
        var order = new LoadOrder(LoadKind.Requests, 0) { Connections = 16, Pipeline = 8, Seconds = context.Duration(2), Requests = requests };
        var pair = await context.AlternateAsync(name,
            () => context.RateAsync(order with { Port = gateway.Port }, gateway, 204),
            () => context.RateAsync(order with { Port = bare.Port }, bare.Process, 204));
        context.Report(context.Compared(name, "heartbeats/s", pair, "bare Kestrel") with
        {
            Goal = string.Create(CultureInfo.InvariantCulture, $">= {asked} /s"),
            IsGoalOfFigure = true,
            Note = $"{pods} leases",
            Growth = new Growth($"heartbeats {name}", pods, "leases"),
        });
    }

    /// <summary>Registers every pod with a lease; the heartbeats of all.</summary>
    private static async Task<IReadOnlyList<byte[]>> RegisterAsync(int port, int pods)
    {
        using var http = new HttpClient();
        var heartbeats = new byte[pods][];
        await Parallel.ForAsync(0, pods, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (pod, cancellationToken) =>
        {
            var token = Reviews.Token(pod, pod);
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"http://127.0.0.1:{port}/v1/registrations"));
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
            request.Content = new StringContent($$"""{"service":"bench-{{pod / 10}}","port":8080,"ttl":600}""", Encoding.UTF8, "application/json");
            using var answer = await http.SendAsync(request, cancellationToken);
            using var body = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(cancellationToken));
            if (!answer.IsSuccessStatusCode)
                throw new InvalidOperationException($"A registration was refused: {body.RootElement}");
            var id = body.RootElement.GetProperty("id").GetString();
            heartbeats[pod] = Encoding.ASCII.GetBytes($"PUT /v1/registrations/{id}/heartbeat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nAuthorization: Bearer {token}\r\n\r\n");
        });
        return heartbeats;
    }

    private static ChildProcess? StartRedis(out int port)
    {
        using (var listener = new TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            port = ((IPEndPoint)listener.LocalEndpoint).Port;
        }

        try
        {
            return ChildProcess.OfProgram("redis-server", "--port", port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no");
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
