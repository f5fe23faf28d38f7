using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;
using Gateway.Tests.Conformance.Planes;
using Gateway.Tests.Emulator;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.Kubernetes.Client;
using Gateway.Tests.Operations;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.Outages;

/// <summary>
/// A load balancer that has lost its API server takes connections and resets them at once: the gateway lives, answers lookups from what it knows,
/// refuses writes with 503, and has caught up once the API server is there again.
/// </summary>
public sealed class ResetConnectionTests : IDisposable
{
    // As often, at least, was every kind refused before the API server may come back.
    private const int FailuresOfEachKind = 3;
    private const int FewestResets = 100;
    private const int Writers = 4;

    private static readonly string[] Kinds = ["pods", "services", "endpointslices", "nodes", "namespaces", "leases"];

    private readonly TemporaryDirectory _directory = new();
    private readonly ConcurrentDictionary<int, string> _tokens = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>REGISTRY_OUTAGE_SECONDS makes the outage last, for a run by hand.</summary>
    private static TimeSpan LongestOutage => TimeSpan.FromSeconds(
        int.TryParse(Environment.GetEnvironmentVariable("REGISTRY_OUTAGE_SECONDS"), CultureInfo.InvariantCulture, out var seconds) ? seconds : 0);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AnApiServerWhoseConnectionsAreResetIsServedStaleUntilItIsBack(bool overTls)
    {
        await using var cluster = await SmallCluster.StartAsync(admin: "admin");
        cluster.Create(ResourceKinds.Namespaces, """{"metadata":{"name":"registry"}}""");
        cluster.Create(ResourceKinds.ServiceAccounts, """{"metadata":{"name":"app","namespace":"shop"}}""");
        await using var front = overTls ? await TlsFront.StartAsync(cluster.Cluster.Url) : null;
        await using var balancer = new Balancer(front?.Url ?? cluster.Cluster.Url);
        var server = new Uri($"{(overTls ? "https" : "http")}://127.0.0.1:{balancer.Port}");
        var kubeconfig = _directory.Write("kubeconfig", AdminKubeconfig.Text(server, "admin", front is null ? null : _directory.Write("ca.crt", front.Pem)));
        using var logs = new LogBook();
        await using var gateway = await GatewayUnderTest.StartAsync(server, new Dictionary<string, string?>
        {
            ["Kubernetes:Mode"] = "Kubeconfig",
            ["Kubernetes:Kubeconfig"] = kubeconfig,
            ["Election:Namespace"] = "registry",
            ["Identity:ReviewTimeout"] = "00:00:01",
            ["Registration:WriteTimeout"] = "00:00:01",
        }, logs, environment: "Production", adjust: static builder => builder.Services.AddSingleton(FaultedRegistry.Quick));
        foreach (var number in Enumerable.Range(1, Writers))
            cluster.Pod($"greeter-{number}", $"10.0.0.{number}", spec: """{"serviceAccountName":"app"}""");
        await Task.WhenAll(Enumerable.Range(1, Writers).Select(number => WriteAsync(gateway, cluster, number)));

        balancer.LoseBackend();
        await gateway.State.WaitAsync(static snapshot => snapshot.IsStale, Patience.Limit, Token);
        var written = await WorkUntilAsync(gateway, cluster, () => IsOver(gateway, balancer));

        // What happens in the cluster meanwhile is found once the API server is there again.
        cluster.Remove(ResourceKinds.Pods, "greeter-1");
        cluster.Pod("greeter-9", "10.0.0.9", spec: """{"serviceAccountName":"app"}""");
        balancer.RegainBackend();
        await gateway.State.WaitAsync(static snapshot => !snapshot.IsStale, Patience.Limit * 2, Token);
        await WriteAsync(gateway, cluster, 9);
        var shown = await gateway.Http.LookUpUntilAsync("shop", "greeting", static all => all.Count == Writers);

        written.Keys.ShouldBe([HttpStatusCode.ServiceUnavailable]);
        shown.Select(static instance => (string?)instance["pod"]!["name"]).Order().ShouldBe(["greeter-2", "greeter-3", "greeter-4", "greeter-9"]);
        logs.Lines.Where(static line => line.Id is 1800 or 2300).ShouldBeEmpty();
        if (front is not null)
            front.Http2Requests.ShouldBeGreaterThan(0);
    }

    public void Dispose() => _directory.Dispose();

    /// <summary>Lookups that must be answered and writes, each caller one after the other, until that is so; how writes were answered.</summary>
    private async Task<ConcurrentDictionary<HttpStatusCode, int>> WorkUntilAsync(GatewayUnderTest gateway, SmallCluster cluster, Func<Task<bool>> isOver)
    {
        var written = new ConcurrentDictionary<HttpStatusCode, int>();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var working = Enumerable.Range(1, Writers).Select(number => Task.Run(async () =>
        {
            while (!ending.IsCancellationRequested)
            {
                using var answer = await PostAsync(gateway, cluster, number);
                written.AddOrUpdate(answer.StatusCode, 1, static (_, count) => count + 1);
            }
        }, Token)).ToList();
        var began = DateTime.UtcNow;
        do
        {
            for (var i = 0; i < 20; i++)
            {
                var lookup = await gateway.Http.GetJsonAsync("/v1/namespaces/shop/services/greeting/instances");
                ((bool)lookup["stale"]!, lookup["instances"]!.AsArray().Count).ShouldBe((true, Writers));
            }

            (DateTime.UtcNow - began).ShouldBeLessThan(LongestOutage + (Patience.Limit * 2));
        }
        while (working.TrueForAll(static task => !task.IsFaulted) && !(await isOver() && DateTime.UtcNow - began >= LongestOutage));

        await ending.CancelAsync();
        await Task.WhenAll(working).Within();
        return written;
    }

    private static async Task<bool> IsOver(GatewayUnderTest gateway, Balancer balancer)
    {
        var read = PrometheusText.Read(await gateway.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), Token).Within(), false);
        var unanswered = read.Families.Values.SelectMany(static family => family.Samples)
            .Where(static sample => sample.Name == "registry_gateway_kubernetes_request_duration_seconds_count" && sample.Labels.GetValueOrDefault("code") == "0")
            .GroupBy(static sample => sample.Labels["resource"]).ToDictionary(static group => group.Key, static group => group.Sum(static sample => sample.Value));
        return balancer.Resets >= FewestResets && Kinds.All(kind => unanswered.GetValueOrDefault(kind) >= FailuresOfEachKind);
    }

    /// <summary>
    /// Registers while the API server is there. A second for a review is short on a busy machine, so 503 is repeated; what it left behind is then found.
    /// </summary>
    private async Task WriteAsync(GatewayUnderTest gateway, SmallCluster cluster, int number)
    {
        await gateway.State.WaitAsync(snapshot => snapshot.RegistrationsOf("shop", $"greeter-{number}") is not null, Patience.Limit, Token);
        using var deadline = new CancellationTokenSource(Patience.Limit);
        HttpStatusCode[] expected = [HttpStatusCode.Created];
        while (true)
        {
            using var answer = await PostAsync(gateway, cluster, number);
            if (answer.StatusCode != HttpStatusCode.ServiceUnavailable)
            {
                expected.ShouldContain(answer.StatusCode, await answer.Content.ReadAsStringAsync(Token));
                return;
            }

            deadline.Token.ThrowIfCancellationRequested();
            expected = [HttpStatusCode.Created, HttpStatusCode.OK];
        }
    }

    private static string Issue(SmallCluster cluster, int number) => cluster.Cluster.IssueToken("shop", "app", $"greeter-{number}", ["registry-gateway"]);

    private async Task<HttpResponseMessage> PostAsync(GatewayUnderTest gateway, SmallCluster cluster, int number)
    {
        // Half of the callers are remembered, so that their writes come as far as their pods; the others have to be reviewed each time.
        var token = number % 2 == 0
            ? _tokens.GetOrAdd(number, issued => Issue(cluster, issued))
            : Issue(cluster, number);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/registrations")
        {
            Content = JsonContent.Create(new JsonObject { ["service"] = "greeting", ["port"] = 8080, ["weight"] = Random.Shared.Next(1, 1000) }),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await gateway.Http.SendAsync(request, Token).Within();
    }
}
