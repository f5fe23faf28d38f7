using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.Redis;

namespace Gateway.Tests.Replicas;

/// <summary>
/// Three replicas, a cluster in which anything may happen, and fifty subscribers that leave, come back anywhere and stall: in the end each
/// holds what the cluster says, and on the way none was told anything twice or in the wrong order.
/// </summary>
public sealed class ReplicaModelTests(ITestOutputHelper output)
{
    private const int Steps = 800;
    private const int Subscribers = 50;
    private const int Pods = 12;

    private static readonly string[] Services = ["orders", "greeting", "carts", "com.example.Payments"];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task EverySubscriberHoldsTheTruthInTheEnd(bool withRedis)
    {
        var seed = Environment.GetEnvironmentVariable("GATEWAY_TEST_SEED") is { } given ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next();
        output.WriteLine($"GATEWAY_TEST_SEED={seed}");
        var random = new Random(seed);
        await using var redis = withRedis ? await RedisUnderTest.StartAsync() : null;
        await using var registry = redis is null
            ? await TestRegistry.StartAsync()
            : await TestRegistry.StartAsync(settings: ("Redis:Configuration", redis.Configuration));
        HttpClient[] replicas = [registry.Http, (await registry.ReplicaAsync("second")).Http, (await registry.ReplicaAsync("third")).Http];
        registry.Small.Service("""{"selector":{"app":"orders"},"ports":[{"name":"http","port":80,"targetPort":8080}]}""");
        var model = new ModelCluster(registry, replicas, random);
        for (var pod = 0; pod < Pods; pod++)
            model.CreatePod(pod);

        var subscribers = Enumerable.Range(0, Subscribers).Select(number => new RoamingSubscriber(PathOf(number))).ToList();
        try
        {
            foreach (var subscriber in subscribers)
                await subscriber.ConnectAsync(replicas[random.Next(replicas.Length)], remember: false);
            List<Task> writes = [];
            for (var step = 0; step < Steps; step++)
            {
                await model.StepAsync(writes);
                if (random.Next(3) == 0)
                    await RoamAsync(subscribers[random.Next(subscribers.Count)], replicas, random);
            }

            await Task.WhenAll(writes).Within();
            model.EndTrouble();
            foreach (var subscriber in subscribers)
            {
                subscriber.GoOn();
                if (!subscriber.IsConnected)
                    await subscriber.ConnectAsync(replicas[random.Next(replicas.Length)], remember: true);
            }

            await ShouldHoldTheTruthAsync(registry, subscribers);
        }
        finally
        {
            foreach (var subscriber in subscribers)
                await subscriber.DisposeAsync();
        }
    }

    private static string PathOf(int subscriber) => (subscriber % 5) switch
    {
        0 => "/v1/watch?namespace=shop&status=any",
        1 => "/v1/watch?service=shop/orders&service=shop/carts",
        2 => "/v1/namespaces/shop/services/orders/watch?initial=events",
        _ => $"/v1/namespaces/shop/services/{Services[subscriber % Services.Length]}/watch{(subscriber % 2 == 0 ? "?status=any" : "")}",
    };

    private static async Task RoamAsync(RoamingSubscriber subscriber, HttpClient[] replicas, Random random)
    {
        switch (random.Next(5))
        {
            case 0:
                await subscriber.DisconnectAsync();
                break;
            case 1:
                subscriber.Stall();
                break;
            case 2:
                subscriber.GoOn();
                break;
            default:
                await subscriber.ConnectAsync(replicas[random.Next(replicas.Length)], remember: random.Next(5) != 0);
                break;
        }
    }

    /// <summary>A gateway that starts only now has seen nothing but the cluster as it is.</summary>
    private static async Task ShouldHoldTheTruthAsync(TestRegistry registry, List<RoamingSubscriber> subscribers)
    {
        var oracle = await registry.ReplicaAsync("oracle");
        var annotated = registry.Cluster.Storage.List(ResourceKinds.Pods)
            .SelectMany(static pod => pod.Copy()["metadata"]!["annotations"]?.AsObject().Select(static entry => entry.Key) ?? [])
            .Where(static key => key.StartsWith("registry-gateway.io/", StringComparison.Ordinal)).Select(static key => key["registry-gateway.io/".Length..]).ToHashSet();

        // Its first list comes from a watch cache, which may be a moment behind the last write.
        var shown = await ShownAsync(oracle.Http);
        for (var since = Stopwatch.StartNew(); !shown.SetEquals(annotated) && since.Elapsed < Patience.Limit; shown = await ShownAsync(oracle.Http))
            await Task.Delay(20, TestContext.Current.CancellationToken);
        shown.ShouldBe(annotated, ignoreOrder: true, string.Join('\n', registry.Cluster.Storage.List(ResourceKinds.Pods).Select(static pod => pod.Copy().ToJsonString())
            .Where(pod => annotated.Except(shown).Any(id => pod.Contains(id, StringComparison.Ordinal)))));

        for (var number = 0; number < subscribers.Count; number++)
            await subscribers[number].UntilHoldsAsync(await TruthAsync(oracle.Http, PathOf(number)));
    }

    private static async Task<HashSet<string>> ShownAsync(HttpClient http)
    {
        var shown = new HashSet<string>(StringComparer.Ordinal);
        foreach (var service in Services)
            shown.UnionWith((await http.LookUpAsync("shop", service, "?status=any&source=gateway")).Select(static one => (string)one["id"]!));
        return shown;
    }

    private static async Task<Dictionary<(string Service, string Id), string>> TruthAsync(HttpClient http, string path)
    {
        var status = path.Contains("status=any", StringComparison.Ordinal) ? "?status=any" : "";
        var names = path.Contains("namespace=", StringComparison.Ordinal) ? Services
            : path.Contains("service=", StringComparison.Ordinal) ? ["orders", "carts"]
            : [path.Split('/')[5]];
        var truth = new Dictionary<(string Service, string Id), string>();
        foreach (var name in names)
        {
            foreach (var instance in await http.LookUpAsync("shop", name, status))
                truth.Add((name, (string)instance["id"]!), (string)instance["revision"]!);
        }

        return truth;
    }

    /// <summary>The cluster's side: what happens to pods, what is written through the replicas, and trouble with their watches.</summary>
    private sealed class ModelCluster(TestRegistry registry, HttpClient[] replicas, Random random)
    {
        private static readonly string[] Names = ["second", "third"];

        private readonly Dictionary<int, List<Task>> _running = [];
        private int _written;
        private int _address;
        private int _lagsFor;

        public void CreatePod(int pod)
        {
            _address++;
            registry.Pod(NameOf(pod), $"10.{_address / 60_000}.{_address / 250 % 240}.{(_address % 250) + 1}", labels: """{"app":"orders"}""");
        }

        public async Task StepAsync(List<Task> writes)
        {
            var pod = random.Next(Pods);
            if (--_lagsFor == 0)
                registry.Cluster.Faults.ResumeWatches();
            switch (random.Next(20))
            {
                case < 9:
                    writes.Add(RegisterAsync(pod));
                    break;
                case < 11:
                    writes.Add(ChangeAsync(pod));
                    break;
                case < 13:
                    writes.Add(DeregisterAsync(pod));
                    break;
                case < 16:
                    registry.Cluster.Player.SetReady("shop", NameOf(pod), random.Next(3) != 0);
                    break;
                case 16:
                    registry.Cluster.Player.RestartContainer("shop", NameOf(pod), "app");
                    break;
                case 17:
                    registry.Small.Remove(ResourceKinds.Pods, NameOf(pod));
                    CreatePod(pod);
                    break;
                case 18:
                    registry.Cluster.Faults.CutWatches();
                    break;
                default:
                    var lagging = Names[random.Next(Names.Length)];
                    registry.Cluster.Faults.ResumeWatches();
                    registry.Cluster.Faults.StallWatches(request => request.UserAgent.Contains(lagging, StringComparison.Ordinal));
                    _lagsFor = random.Next(1, 8);
                    break;
            }

            // Callers do not all wait for each other, but there are not hundreds of them either.
            writes.RemoveAll(static write => write.IsCompletedSuccessfully);
            if (writes.Count > 8)
                await (await Task.WhenAny(writes).Within());
        }

        public void EndTrouble() => registry.Cluster.Faults.Clear();

        private static string NameOf(int pod) => $"orders-{pod}";

        private HttpClient Any() => replicas[random.Next(replicas.Length)];

        /// <summary>Writes about one instance go one after the other, as a caller's do.</summary>
        private Task OfPodAsync(int pod, Func<Task> write)
        {
            var earlier = _running.TryGetValue(pod, out var running) ? running : _running[pod] = [];
            var before = Task.WhenAll(earlier);
            var task = Run();
            _running[pod] = [task];
            return task;

            async Task Run()
            {
                await before;
                await write();
            }
        }

        private Task RegisterAsync(int pod)
        {
            var (http, service) = (Any(), Services[random.Next(Services.Length)]);
            var body = new
            {
                @namespace = "shop",
                pod = NameOf(pod),
                service,
                port = random.Next(3) == 0 ? 9090 : 8080,
                weight = random.Next(100),
                container = "app",
                metadata = new Dictionary<string, string> { ["n"] = (++_written).ToString(CultureInfo.InvariantCulture) },
            };
            return OfPodAsync(pod, () => SendAsync(() => http.PostAsJsonAsync("/v1/registrations", body)));
        }

        private Task ChangeAsync(int pod)
        {
            var (http, pick) = (Any(), random.Next());
            var change = random.Next(3) switch
            {
                0 => new JsonObject { ["status"] = "OUT_OF_SERVICE" },
                1 => new JsonObject { ["status"] = "UP" },
                _ => new JsonObject { ["metadata"] = new JsonObject { ["n"] = (++_written).ToString(CultureInfo.InvariantCulture) } },
            };
            return OfPodAsync(pod, () => OnOwnAsync(http, pod, pick, id => http.PatchAsJsonAsync($"/v1/registrations/{id}?namespace=shop&pod={NameOf(pod)}", change)));
        }

        private Task DeregisterAsync(int pod)
        {
            var (http, pick) = (Any(), random.Next());
            return OfPodAsync(pod, () => OnOwnAsync(http, pod, pick, id => http.DeleteAsync($"/v1/registrations/{id}?namespace=shop&pod={NameOf(pod)}")));
        }

        private async Task OnOwnAsync(HttpClient http, int pod, int pick, Func<string, Task<HttpResponseMessage>> send)
        {
            using var answer = await http.GetAsync($"/v1/registrations?namespace=shop&pod={NameOf(pod)}").Within();
            if (!answer.IsSuccessStatusCode)
                return;
            var own = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["items"]!.AsArray();
            if (own.Count > 0)
                await SendAsync(() => send((string)own[pick % own.Count]!["id"]!));
        }

        /// <summary>A pod that was replaced meanwhile, or a registration that is gone, is refused: that is the model's business. Faults of the gateway are not.</summary>
        private static async Task SendAsync(Func<Task<HttpResponseMessage>> send)
        {
            using var answer = await send().Within();
            ((int)answer.StatusCode).ShouldBeOneOf([200, 201, 204, 403, 404, 409], await answer.Content.ReadAsStringAsync());
        }
    }
}
