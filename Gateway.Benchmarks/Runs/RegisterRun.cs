using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Gateway.Benchmarks.Cluster;
using Gateway.Benchmarks.Load;
using Gateway.Benchmarks.Processes;

namespace Gateway.Benchmarks.Runs;

/// <summary>
/// Registrations beside raw merge PATCHes of the same pods at the same API server and concurrency: with tokens that were reviewed before, with a new
/// token each, and equal ones again. Growth: 2,000, 20,000 and 150,000 pods in the cluster, of which a thousand register.
/// </summary>
internal static class RegisterRun
{
    private const int Concurrency = 32;
    private const int Registering = 1_000;

    // A thousand registrations are over before the runtime has compiled their code for good; the API server's verbs are as cold.
    private const int WarmPasses = 15;

    // What etcd's commit takes on a fast disk, and none: the gateway's own cost beside a server that costs next to nothing.
    private static readonly double[] CommitMilliseconds = [3, 0];

    public static async Task RunAsync(RunContext context)
    {
        if (context.Arguments.Against is { } url)
        {
            await using var real = await RegisteringPods.OfServerAsync(url, 500);
            await MeasureAsync(context, url, real, "");
            return;
        }

        foreach (var milliseconds in context.Scale == 1 ? CommitMilliseconds : CommitMilliseconds[..1])
        {
            await using var cluster = await ClusterProcess.StartAsync(Sizes.Ordinary(context.Scale));
            await cluster.SetCommitTimeAsync(milliseconds);
            await using var fake = RegisteringPods.OfFake(Registering);
            await MeasureAsync(context, cluster.Url, fake, Suffix(milliseconds));
        }

        if (context.Scale == 1)
            await StartOfPodsAsync(context);
    }

    private static string Suffix(double milliseconds) => $", {milliseconds.ToString(CultureInfo.InvariantCulture)} ms commit";

    /// <summary>3,000 pods register once while each changes once: how many conflicts, how many refusals.</summary>
    private static async Task StartOfPodsAsync(RunContext context)
    {
        const int pods = 3_000;
        await using var cluster = await ClusterProcess.StartAsync(new ClusterShape(pods, 0));
        await cluster.SetCommitTimeAsync(CommitMilliseconds[0]);
        await using var gateway = await GatewayProcess.StartAsync(context.Build, cluster.Url);
        await using var starting = RegisteringPods.OfFake(pods);
        context.Progress($"{pods} pods start");
        var changes = cluster.ChangeAsync(1_000, pods / 1_000, pods);
        var rate = await OnceAsync(context, gateway.Port, starting.Registrations(1));
        await changes;
        var (patches, conflicts, _) = await cluster.CountsAsync();
        context.Report(context.Measured($"conflicts while {pods} pods start", "of the registrations", (double)conflicts / pods) with
        {
            Note = FormattableString.Invariant($"{conflicts} answers 409, {patches} PATCHes, {rate.Value:0} registrations/s, {rate.Refused} refused"),
        });
    }

    private static async Task MeasureAsync(RunContext context, Uri cluster, RegisteringPods pods, string suffix)
    {
        await using var gateway = await GatewayProcess.StartAsync(context.Build, cluster, new Dictionary<string, string>
        {
            // Each caller here writes as fast as it can; the limits are for one pod in a cluster.
            ["Limits__WriteBurst"] = "1000000",
            ["Limits__WritesPerSecond"] = "1000000",
        });
        var content = 0;
        Task<Sample> PatchAsync() => OnceAsync(context, cluster.Port, pods.Patches(++content));

        // The tokens are reviewed, and every later registration finds its pod.
        for (var pass = 0; pass < WarmPasses; pass++)
        {
            await OnceAsync(context, gateway.Port, pods.Registrations(++content));
            await PatchAsync();
        }

        (string Name, string Goal, Func<Task<Sample>> Ours)[] kinds =
        [
            ("known tokens", ">= 0.9", () => OnceAsync(context, gateway.Port, pods.Registrations(++content))),
            ("new tokens", ">= 0.6", async () =>
            {
                await pods.RenewTokensAsync();
                return await OnceAsync(context, gateway.Port, pods.Registrations(++content));
            }),
            ("equal again", ">= 5", () => OnceAsync(context, gateway.Port, pods.Registrations(content))),
        ];
        foreach (var (name, goal, ours) in kinds)
        {
            if (name == "equal again")
                await OnceAsync(context, gateway.Port, pods.Registrations(++content));
            var unchanged = content;
            var (cost, passes) = (0.0, 0);
            var pair = await context.AlternateAsync(name + suffix, CountedAsync, PatchAsync);
            context.Report(context.Compared(name + suffix, "writes/s", pair, "raw PATCHes") with
            {
                Goal = goal,
                Note = FormattableString.Invariant(
                    $"{pods.Count} pods, ten of each service, {Concurrency} at once; {cost / passes / pods.Count * 1e6:0} µs of the gateway's processor time each"),
                Growth = name == "known tokens" && suffix == Suffix(CommitMilliseconds[0]) ? Sizes.OverPods("registrations", context.Scale) : null,
            });

            async Task<Sample> CountedAsync()
            {
                var before = gateway.CpuSeconds;
                var sample = name == "equal again" ? await OnceAsync(context, gateway.Port, pods.Registrations(unchanged)) : await ours();
                (cost, passes) = (cost + gateway.CpuSeconds - before, passes + 1);
                return sample;
            }
        }
    }

    // The rate of the writes that were carried out. A busy machine may cost some of them; where it costs more than one of a hundred, nothing was measured.
    private static async Task<Sample> OnceAsync(RunContext context, int port, IReadOnlyList<byte[]> requests)
    {
        var result = await context.Load.RunAsync(new LoadOrder(LoadKind.Requests, port) { Connections = Concurrency, Requests = requests });
        var refused = result.Statuses.Where(static status => status.Key is not (200 or 201)).ToList();
        if (refused.Count > 0)
            context.Progress($"refused: {string.Join(", ", refused.Select(static one => $"{one.Value} with {one.Key}"))}");
        var count = refused.Sum(static one => one.Value);
        return count * 100 <= requests.Count
            ? new((result.Requests - count) / result.Seconds, 0) { Refused = count }
            : throw new InvalidOperationException($"{count} of {requests.Count} writes were refused.");
    }
}

/// <summary>The pods that register, each with its token. Written by the run alone.</summary>
internal sealed class RegisteringPods : IAsyncDisposable
{
    private const int InstancesOfService = 10;

    private readonly HttpClient _http = new();
    private readonly List<(string Namespace, string Name, string Uid, string Account)> _pods;
    private readonly Uri? _server;
    private string[] _tokens;
    private int _serial;

    private RegisteringPods(List<(string, string, string, string)> pods, Uri? server) => (_pods, _server, _tokens) = (pods, server, new string[pods.Count]);

    public int Count => _pods.Count;

    public static RegisteringPods OfFake(int count)
    {
        var pods = new RegisteringPods(
            [.. Enumerable.Range(0, count).Select(static pod => (ClusterShape.Namespace, PodTemplate.NameOf(pod), PodTemplate.UidOf(pod), "default"))], null);
        pods.RenewTokensAsync().GetAwaiter().GetResult();
        return pods;
    }

    /// <summary>Running pods of an API server that is there. Their annotations are written.</summary>
    public static async Task<RegisteringPods> OfServerAsync(Uri server, int most)
    {
        using var http = new HttpClient();
        using var list = JsonDocument.Parse(await http.GetByteArrayAsync(new Uri(server, $"api/v1/pods?limit={most}")));
        var found = list.RootElement.GetProperty("items").EnumerateArray()
            .Where(static pod => pod.GetProperty("status").TryGetProperty("podIP", out _))
            .Select(static pod => (Metadata: pod.GetProperty("metadata"), Spec: pod.GetProperty("spec")))
            .Where(static pod => pod.Metadata.GetProperty("namespace").GetString() != "kube-system")
            .Select(static pod => (pod.Metadata.GetProperty("namespace").GetString()!, pod.Metadata.GetProperty("name").GetString()!, pod.Metadata.GetProperty("uid").GetString()!,
                pod.Spec.TryGetProperty("serviceAccountName", out var account) ? account.GetString()! : "default"));
        var pods = new RegisteringPods([.. found], server);
        if (pods.Count == 0)
            throw new InvalidOperationException("The API server has no running pod outside kube-system that could register.");
        await pods.RenewTokensAsync();
        return pods;
    }

    public async Task RenewTokensAsync()
    {
        _serial++;
        _tokens = _server is null
            ? [.. Enumerable.Range(0, Count).Select(pod => Reviews.Token(pod, (_serial * Count) + pod))]
            : await Task.WhenAll(_pods.Select(TokenAsync));
    }

    /// <summary>One registration for each pod.</summary>
    public List<byte[]> Registrations(int content) => [.. _pods.Select((pod, i) =>
        Request("POST", "/v1/registrations", "application/json", $"Authorization: Bearer {_tokens[i]}\r\n", $$$"""{"service":"bench-{{{i / InstancesOfService}}}","port":8080,"metadata":{"content":"{{{content}}}"}}"""))];

    /// <summary>One merge patch for each pod, of the size of a registration's.</summary>
    public List<byte[]> Patches(int content) => [.. _pods.Select(pod => Request(
        "PATCH", $"/api/v1/namespaces/{pod.Namespace}/pods/{pod.Name}?fieldManager=bench", "application/merge-patch+json", "",
        $$$$"""{"metadata":{"uid":"{{{{pod.Uid}}}}","annotations":{"bench.example.com/0123456789abcdef0123456789abcdef":"{\"v\":1,\"service\":\"bench\",\"port\":8080,\"container\":\"app\",\"metadata\":{\"content\":\"{{{{content}}}}\"},\"registeredAt\":\"2026-11-20T12:00:00Z\"}"}}}"""))];

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<string> TokenAsync((string Namespace, string Name, string Uid, string Account) pod)
    {
        var body = $$$$"""{"kind":"TokenRequest","apiVersion":"authentication.k8s.io/v1","spec":{"audiences":["registry-gateway"],"boundObjectRef":{"kind":"Pod","apiVersion":"v1","name":"{{{{pod.Name}}}}","uid":"{{{{pod.Uid}}}}"}}}""";
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await _http.PostAsync(new Uri(_server!, $"api/v1/namespaces/{pod.Namespace}/serviceaccounts/{pod.Account}/token"), content);
        if (answer.StatusCode != HttpStatusCode.Created)
            throw new InvalidOperationException($"No token for the pod {pod.Name}: {await answer.Content.ReadAsStringAsync()}");
        using var token = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync());
        return token.RootElement.GetProperty("status").GetProperty("token").GetString()!;
    }

    private static byte[] Request(string method, string path, string type, string headers, string body) => Encoding.UTF8.GetBytes(
        $"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\nContent-Type: {type}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n{headers}\r\n{body}");
}
