using System.Text;
using Gateway.Benchmarks.Cluster;
using Gateway.Benchmarks.Load;
using Gateway.Benchmarks.Processes;
using Gateway.Benchmarks.Results;

namespace Gateway.Benchmarks.Runs;

/// <summary>
/// Lookups of a service of ten instances beside bare Kestrel that writes the same bytes and headers. Growth: 2,000, 20,000 and 150,000 pods in the cluster; what
/// is looked up stays the same.
/// </summary>
internal static class LookupRun
{
    private const string Service = "/v1/namespaces/shop/services/service-00000";

    private static readonly (string Name, int Connections, int Pipeline)[] Ways = [("keep-alive", 32, 1), ("pipelined", 8, 16)];

    public static async Task RunAsync(RunContext context)
    {
        await using var cluster = await ClusterProcess.StartAsync(Sizes.Ordinary(context.Scale));
        await using var gateway = await GatewayProcess.StartAsync(context.Build, cluster.Url);
        await using var bare = await BareProcess.StartAsync(context.Build);
        var plain = await gateway.AnswerAsync($"{Service}/instances");
        if (Encoding.UTF8.GetString(plain.Body).Split("\"UP\"").Length != 11)
            throw new InvalidOperationException($"The lookup does not show ten instances: {Encoding.UTF8.GetString(plain.Body)}");

        (string Name, string Path, string Headers, string Goal, string? Grown)[] calls =
        [
            ("plain", $"{Service}/instances", "", ">= 0.95", "plain lookup"),
            ("filtered", $"{Service}/instances?zone=zone-a&protocol=tcp", "", ">= 0.90", null),
            ("304", $"{Service}/instances", $"If-None-Match: {plain.Headers["ETag"]}\r\n", ">= 0.95", null),
            ("pick", $"{Service}/pick", "", ">= 0.95", "pick"),
            ("list of services", "/v1/services?namespace=shop&limit=100", "", "", "list of services"),
        ];
        foreach (var (name, path, headers, goal, grown) in calls)
        {
            var answer = await gateway.AnswerAsync(path, headers.Length == 0 ? [] : [("If-None-Match", plain.Headers["ETag"])]);
            await bare.AnswerWithAsync(answer);
            byte[][] request = [GatewayProcess.Get(path, headers)];

            // The ways differ by the server's part, which does not know the cluster's size.
            foreach (var (way, connections, pipeline) in context.Scale == 1 ? Ways : Ways[..1])
            {
                var order = new LoadOrder(LoadKind.Requests, 0) { Connections = connections, Pipeline = pipeline, Seconds = context.Duration(2), Requests = request };
                var pair = await context.AlternateAsync($"{name} {way}",
                    () => context.RateAsync(order with { Port = gateway.Port }, gateway, answer.Status),
                    () => context.RateAsync(order with { Port = bare.Port }, bare.Process, answer.Status));
                context.Report(context.Compared($"{name} {way}", "requests/s", pair, "bare Kestrel") with
                {
                    Goal = goal,
                    Note = $"{answer.Body.Length} bytes",
                    Growth = way == Ways[0].Name && grown is not null ? Sizes.OverPods(grown, context.Scale) : null,
                });
            }

            if (name == "plain" && context.Scale == 1)
                await Http2Async(context, gateway, bare, path);
        }
    }

    private static async Task Http2Async(RunContext context, GatewayProcess gateway, BareProcess bare, string path)
    {
        var order = new LoadOrder(LoadKind.Http2, 0) { Connections = 64, Seconds = context.Duration(2), Requests = [Encoding.UTF8.GetBytes(path)] };
        var pair = await context.AlternateAsync("plain HTTP/2",
            () => context.RateAsync(order with { Port = gateway.Http2Port }, gateway, 200),
            () => context.RateAsync(order with { Port = bare.Http2Port }, bare.Process, 200));
        context.Report(context.Compared("plain HTTP/2", "requests/s", pair, "bare Kestrel") with { Goal = ">= 0.95", Note = "one connection, 64 requests at once" });
    }
}
