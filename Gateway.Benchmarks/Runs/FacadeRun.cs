using System.Text;
using Gateway.Benchmarks.Cluster;
using Gateway.Benchmarks.Load;
using Gateway.Benchmarks.Processes;

namespace Gateway.Benchmarks.Runs;

/// <summary>
/// A lookup through each facade, of 10 and of 100 instances by callers who prove nothing, and of 10 by pods that their address or a known token proves, beside
/// a native one whose answer is as long: the forms of the protocols differ in length, so the native one is of as many instances as make up for that, at a
/// gateway of its own. Growth: one form of each protocol in a cluster of 2,000, 20,000 and 150,000 pods.
/// </summary>
internal static class FacadeRun
{
    /// <summary>A facade may cost 1.5 times a native lookup.</summary>
    private const string Goal = ">= 0.67";

    private const string Service = "service-00000";
    private const string NativePath = $"/v1/namespaces/shop/services/{Service}/instances";
    private const string Json = "Accept: application/json\r\n";

    // Compiled code is another after some thousand calls; both sides are measured after that.
    private const double WarmSeconds = 3;

    // A parameter instead of a header.
    private const string InQuery = "accessToken";

    private static readonly Dictionary<string, string> Settings = new()
    {
        ["Facades__Eureka"] = "true",
        ["Facades__Consul"] = "true",
        ["Facades__Nacos"] = "true",
        ["Facades__Spring"] = "true",
        ["Facades__Prometheus"] = "true",
        ["Facades__Namespace"] = ClusterShape.Namespace,

        // The load comes from loopback, which is no pod's address: it says one as a proxy does.
        ["Identity__SourceAddress"] = "true",
        ["Identity__TrustedProxies__0"] = "127.0.0.1",
    };

    private static readonly Call[] Calls =
    [
        new("Eureka JSON", $"/eureka/apps/{Service}", Json),
        new("Eureka XML", $"/eureka/apps/{Service}"),
        new("Consul health", $"/v1/health/service/{Service}?passing=true", Token: "X-Consul-Token: "),
        new("Consul health below /ns", $"/ns/shop/v1/health/service/{Service}?passing=true", Token: "X-Consul-Token: "),
        new("Consul catalog", $"/v1/catalog/service/{Service}", Token: "X-Consul-Token: "),
        new("Nacos v1", $"/nacos/v1/ns/instance/list?serviceName={Service}", Token: InQuery),
        new("Nacos v2", $"/nacos/v2/ns/instance/list?serviceName={Service}", Token: InQuery),
        new("Nacos v3", $"/nacos/v3/client/ns/instance/list?serviceName={Service}", Token: InQuery),
        new("Spring", $"/apps/{Service}", Json),
        new("Prometheus", $"/prometheus/sd?service={Service}"),
    ];

    // One form of each protocol, for the growth.
    private static readonly string[] Grown = ["Eureka JSON", "Consul health", "Nacos v2", "Spring", "Prometheus"];

    public static async Task RunAsync(RunContext context)
    {
        if (context.Scale > 1)
        {
            await RunAsync(context, [.. Calls.Where(static call => Grown.Contains(call.Name))], instances: 10, Caller.Unknown);
            return;
        }

        await RunAsync(context, Calls, instances: 10, Caller.Unknown);
        await RunAsync(context, Calls, instances: 100, Caller.Unknown);
        await RunAsync(context, Calls, instances: 10, Caller.Addressed);
        await RunAsync(context, Calls, instances: 10, Caller.Known);
    }

    private static async Task RunAsync(RunContext context, IReadOnlyList<Call> calls, int instances, Caller caller)
    {
        await using var facades = await Side.StartAsync(context, instances);
        var natively = caller.Headers + (caller.Token is { } token ? $"Authorization: Bearer {token}\r\n" : "");
        var perInstance = await facades.LengthAsync(NativePath, natively) / (double)instances;
        await using var natives = new Natives(context, natively);
        foreach (var call in calls)
        {
            var (path, headers) = call.By(caller);
            var length = await facades.LengthAsync(path, headers);
            var native = await natives.OfAsync(Math.Max(1, (int)Math.Round(length / perInstance)));
            var theirs = await native.LengthAsync(NativePath, natively);
            var name = $"{call.Name}, {instances} instances{caller.Suffix}";
            await facades.RateAsync(context, path, headers, WarmSeconds);
            var seconds = context.Duration(1);
            var pair = await context.AlternateAsync(
                name, () => facades.RateAsync(context, path, headers, seconds), () => native.RateAsync(context, NativePath, natively, seconds));
            context.Report(context.Compared(name, "requests/s", pair, "native lookup") with
            {
                Goal = Goal,
                Note = $"{length} bytes; native {theirs} bytes of {native.Instances} instances",
                Growth = instances == 10 && caller == Caller.Unknown && Grown.Contains(call.Name) ? Sizes.OverPods($"{call.Name} lookup", context.Scale) : null,
            });
        }
    }

    /// <summary>What proves a caller.</summary>
    private sealed record Caller(string Suffix, string Headers, string? Token)
    {
        public static readonly Caller Unknown = new("", "", null);
        public static readonly Caller Addressed = new(", address", $"X-Forwarded-For: {PodTemplate.AddressOf(0)}\r\n", null);
        public static readonly Caller Known = new(", token", "", Reviews.Token(pod: 0, serial: 1));
    }

    private sealed record Call(string Name, string Path, string Headers = "", string Token = "Authorization: Bearer ")
    {
        public (string Path, string Headers) By(Caller caller) =>
            caller.Token is not { } token ? (Path, Headers + caller.Headers)
            : Token == InQuery ? ($"{Path}&accessToken={token}", Headers)
            : (Path, $"{Headers}{Token}{token}\r\n");
    }

    /// <summary>The native sides of a block, warm: forms of about the same length share one.</summary>
    private sealed class Natives(RunContext context, string headers) : IAsyncDisposable
    {
        private readonly Dictionary<int, Side> _byInstances = [];

        public async Task<Side> OfAsync(int instances)
        {
            if (_byInstances.TryGetValue(instances, out var known))
                return known;
            var side = _byInstances[instances] = await Side.StartAsync(context, instances);
            await side.RateAsync(context, NativePath, headers, WarmSeconds);
            return side;
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var side in _byInstances.Values)
                await side.DisposeAsync();
        }
    }

    /// <summary>A gateway over a cluster whose services have so many instances each.</summary>
    private sealed class Side(ClusterProcess cluster, GatewayProcess gateway, int instances, int services) : IAsyncDisposable
    {
        public int Instances => instances;

        public static async Task<Side> StartAsync(RunContext context, int instances)
        {
            var services = Sizes.Pods(context.Scale) / instances;
            var cluster = await ClusterProcess.StartAsync(new ClusterShape(services * instances, services));
            try
            {
                return new Side(cluster, await GatewayProcess.StartAsync(context.Build, cluster.Url, Settings), instances, services);
            }
            catch
            {
                await cluster.DisposeAsync();
                throw;
            }
        }

        public Task<Sample> RateAsync(RunContext context, string path, string headers, double seconds) => context.RateAsync(
            new LoadOrder(LoadKind.Requests, gateway.Port) { Connections = 32, Seconds = seconds, Requests = [GatewayProcess.Get(path, headers)] }, gateway, 200);

        /// <summary>The length of an answer, which shows every instance.</summary>
        public async Task<int> LengthAsync(string path, string headers)
        {
            var answer = await gateway.AnswerAsync(path, [.. headers.Split("\r\n", StringSplitOptions.RemoveEmptyEntries)
                .Select(static line => line.Split(": ", 2)).Select(static parts => (parts[0], parts[1]))]);
            var text = Encoding.UTF8.GetString(answer.Body);
            if (answer.Status != 200 || Enumerable.Range(0, instances).Any(i => !text.Contains(PodTemplate.AddressOf(i * services), StringComparison.Ordinal)))
                throw new InvalidOperationException($"{path} is {answer.Status} and does not show {instances} instances: {text}");
            return answer.Body.Length;
        }

        public async ValueTask DisposeAsync()
        {
            await gateway.DisposeAsync();
            await cluster.DisposeAsync();
        }
    }
}
