using System.Text;
using Gateway.Benchmarks.Cluster;
using Gateway.Benchmarks.Load;
using Gateway.Benchmarks.Processes;
using Gateway.Benchmarks.Results;

namespace Gateway.Benchmarks.Runs;

/// <summary>
/// Lookups beside bare Kestrel that writes the same bytes and headers. Growth: the cluster has 100 services of 10 instances, then 10 and 100 times as
/// many; what is looked up stays the same.
/// </summary>
internal static class LookupRun
{
    private const string Service = "/v1/namespaces/shop/services/service-00000";

    private static readonly (string Name, int Connections, int Pipeline)[] Ways = [("keep-alive", 32, 1), ("pipelined", 8, 16)];

    public static async Task RunAsync(RunContext context)
    {
        var services = 100 * context.Arguments.Scale;
        await using var cluster = await ClusterProcess.StartAsync(new ClusterShape(services * 10, services));
        await using var gateway = await GatewayProcess.StartAsync(context.Build, cluster.Url);
        await using var bare = await BareProcess.StartAsync(context.Build);
        var plain = await gateway.AnswerAsync($"{Service}/instances");
        if (Encoding.UTF8.GetString(plain.Body).Split("\"UP\"").Length != 11)
            throw new InvalidOperationException($"The lookup does not show ten instances: {Encoding.UTF8.GetString(plain.Body)}");

        (string Name, string Path, string Headers, string Goal)[] calls =
        [
            ("plain", $"{Service}/instances", "", ">= 0.95"),
            ("filtered", $"{Service}/instances?zone=zone-a&protocol=tcp", "", ">= 0.90"),
            ("304", $"{Service}/instances", $"If-None-Match: {plain.Headers["ETag"]}\r\n", ">= 0.95"),
            ("pick", $"{Service}/pick", "", ">= 0.95"),
            ("list of services", "/v1/services?namespace=shop&limit=100", "", ""),
        ];
        foreach (var (name, path, headers, goal) in calls)
        {
            var answer = await gateway.AnswerAsync(path, headers.Length == 0 ? [] : [("If-None-Match", plain.Headers["ETag"])]);
            await bare.AnswerWithAsync(answer);
            byte[][] request = [GatewayProcess.Get(path, headers)];
            foreach (var (way, connections, pipeline) in Ways)
            {
                var order = new LoadOrder(LoadKind.Requests, 0) { Connections = connections, Pipeline = pipeline, Seconds = context.Duration(3), Requests = request };
                var pair = await context.AlternateAsync($"{name} {way}",
                    () => context.RateAsync(order with { Port = gateway.Port }, gateway, answer.Status),
                    () => context.RateAsync(order with { Port = bare.Port }, bare.Process, answer.Status));
                context.Report(Figure(context, $"{name} {way}", pair, goal, $"{answer.Body.Length} bytes"));
            }

            if (name == "plain")
                await Http2Async(context, gateway, bare, path);
        }
    }

    private static async Task Http2Async(RunContext context, GatewayProcess gateway, BareProcess bare, string path)
    {
        var order = new LoadOrder(LoadKind.Http2, 0) { Connections = 64, Seconds = context.Duration(3), Requests = [Encoding.UTF8.GetBytes(path)] };
        var pair = await context.AlternateAsync("plain HTTP/2",
            () => context.RateAsync(order with { Port = gateway.Http2Port }, gateway, 200),
            () => context.RateAsync(order with { Port = bare.Http2Port }, bare.Process, 200));
        context.Report(Figure(context, "plain HTTP/2", pair, ">= 0.95", "one connection, 64 requests at once"));
    }

    private static Figure Figure(RunContext context, string name, Pair pair, string goal, string note) => new()
    {
        Command = context.Command,
        Name = name,
        Scale = context.Arguments.Scale,
        Unit = "requests/s",
        Gateway = pair.Gateway.Value,
        Beside = "bare Kestrel",
        Yardstick = pair.Yardstick.Value,
        CpuRatio = pair.CpuRatio,
        Goal = goal,
        Note = note,
        Rounds = pair.Rounds,
    };
}
