using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;

namespace Gateway.Tests.EndToEnd;

/// <summary>
/// 64 callers through two replicas at once, each with several services on its pod, while watches are cut and PATCHes meet conflicts:
/// afterwards annotations, lookups and what subscribers assembled agree exactly.
/// </summary>
public sealed class ConcurrentCallersTests(ITestOutputHelper output)
{
    private const int Callers = 64;
    private const int ServicesOfAPod = 4;
    private const int Operations = 200;

    [Fact]
    public async Task EverybodyAgreesInTheEnd()
    {
        var seed = Environment.GetEnvironmentVariable("GATEWAY_TEST_SEED") is { } given ? int.Parse(given, System.Globalization.CultureInfo.InvariantCulture) : Random.Shared.Next();
        output.WriteLine($"GATEWAY_TEST_SEED={seed}");
        await using var registry = await TestRegistry.StartAsync(settings: ("Registry:Label", "true"));
        var replicas = new[] { registry.Http, (await registry.ReplicaAsync("second")).Http };
        for (var caller = 0; caller < Callers; caller++)
            registry.Pod(PodOf(caller), $"10.2.{caller / 100}.{(caller % 100) + 1}");
        await registry.Http.LookUpUntilAsync("shop", ServiceOf(0), static _ => true);
        var streams = new List<(StreamReader Reader, string Service, int Replica)>();
        for (var service = 0; service < ServicesOfAPod; service++)
        {
            for (var replica = 0; replica < replicas.Length; replica++)
                streams.Add((await StreamReader.OpenAsync(replicas[replica], $"/v1/namespaces/shop/services/{ServiceOf(service)}/watch?status=any"), ServiceOf(service), replica));
        }

        using var quiet = new CancellationTokenSource();
        var trouble = MakeTroubleAsync(registry, new Random(seed), quiet.Token);
        var acknowledged = await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => CallAsync(replicas, caller, new Random(seed + caller + 1))));
        await quiet.CancelAsync();
        await trouble;

        // What was acknowledged is what the pods say.
        var expected = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var (key, weight) in acknowledged.SelectMany(static own => own))
            expected.Add(key, weight);
        Stored(registry).ShouldBe(expected);
        foreach (var pod in registry.Cluster.Storage.List(ResourceKinds.Pods))
            pod.Labels.ContainsKey("registry-gateway.io/registered").ShouldBe(expected.Keys.Any(key => key.StartsWith(pod.Name + "/", StringComparison.Ordinal)), pod.Name);

        // So do lookups at both replicas, and so does every subscriber.
        foreach (var http in replicas)
        {
            for (var service = 0; service < ServicesOfAPod; service++)
            {
                var name = ServiceOf(service);
                var wanted = expected.Where(entry => entry.Key.EndsWith("/" + name, StringComparison.Ordinal)).Select(static entry => $"{entry.Key}={entry.Value}").ToList();
                await http.LookUpUntilAsync("shop", name, all => Shown(all).SequenceEqual(wanted));
            }
        }

        foreach (var (reader, service, replica) in streams)
        {
            await using (reader)
            {
                var truth = (await replicas[replica].LookUpAsync("shop", service, "?status=any")).ToDictionary(static one => (string)one["id"]!, static one => one.ToJsonString());
                await AssembleUntilAsync(reader, truth);
            }
        }
    }

    private static async Task<Dictionary<string, int>> CallAsync(HttpClient[] replicas, int caller, Random random)
    {
        var own = new Dictionary<string, int>(StringComparer.Ordinal);
        var ids = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var operation = 0; operation < Operations; operation++)
        {
            var http = replicas[random.Next(replicas.Length)];
            var service = ServiceOf(random.Next(ServicesOfAPod));
            var key = $"{PodOf(caller)}/{service}";
            var weight = random.Next(1, 1000);
            switch (random.Next(4))
            {
                case 0 when ids.TryGetValue(service, out var id):
                    await SendAsync(http, HttpMethod.Delete, $"/v1/registrations/{id}?namespace=shop&pod={PodOf(caller)}", null);
                    own.Remove(key);
                    break;
                case 1 when own.ContainsKey(key):
                    await SendAsync(http, HttpMethod.Patch, $"/v1/registrations/{ids[service]}?namespace=shop&pod={PodOf(caller)}", new { weight });
                    own[key] = weight;
                    break;
                case 2:
                    var batch = Enumerable.Range(0, ServicesOfAPod).Select(i => Body(caller, ServiceOf(i), weight + i)).ToArray();
                    var items = (await SendAsync(http, HttpMethod.Post, "/v1/registrations", batch))!["items"]!.AsArray();
                    for (var i = 0; i < ServicesOfAPod; i++)
                        (own[$"{PodOf(caller)}/{ServiceOf(i)}"], ids[ServiceOf(i)]) = (weight + i, (string)items[i]!["id"]!);
                    break;
                default:
                    ids[service] = (string)(await SendAsync(http, HttpMethod.Post, "/v1/registrations", Body(caller, service, weight)))!["id"]!;
                    own[key] = weight;
                    break;
            }
        }

        return own;
    }

    private static object Body(int caller, string service, int weight) =>
        new { @namespace = "shop", pod = PodOf(caller), service, port = 8080, weight };

    /// <summary>Repeats what was answered with 429 or 503: everything is safe to repeat.</summary>
    private static async Task<JsonNode?> SendAsync(HttpClient http, HttpMethod method, string path, object? body)
    {
        while (true)
        {
            using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
            using var answer = await http.SendAsync(request).Within();
            var text = await answer.Content.ReadAsStringAsync();
            if (answer.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable)
                continue;
            answer.IsSuccessStatusCode.ShouldBeTrue($"{method} {path}: {text}");
            return text.Length == 0 ? null : JsonNode.Parse(text);
        }
    }

    private static async Task MakeTroubleAsync(TestRegistry registry, Random random, CancellationToken until)
    {
        const string Conflict = """{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Conflict","code":409}""";
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        try
        {
            while (await pace.WaitForNextTickAsync(until))
            {
                if (random.Next(4) == 0)
                    registry.Cluster.Faults.CutWatches();
                registry.Cluster.Faults.AnswerNext(2, 409, body: Conflict, filter: static request => request.Method == "PATCH");
            }
        }
        catch (OperationCanceledException)
        {
            registry.Cluster.Faults.Clear();
        }
    }

    private static SortedDictionary<string, int> Stored(TestRegistry registry)
    {
        var stored = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var pod in registry.Cluster.Storage.List(ResourceKinds.Pods))
        {
            foreach (var (key, value) in pod.Copy()["metadata"]!["annotations"]?.AsObject() ?? [])
            {
                if (!key.StartsWith("registry-gateway.io/", StringComparison.Ordinal))
                    continue;
                var record = JsonNode.Parse((string)value!)!;
                stored.Add($"{pod.Name}/{record["service"]}", (int?)record["weight"] ?? 100);
            }
        }

        return stored;
    }

    private static IEnumerable<string> Shown(IReadOnlyList<JsonNode> instances) =>
        instances.Select(static one => $"{one["pod"]!["name"]}/{one["service"]}={one["weight"]}").Order(StringComparer.Ordinal);

    /// <summary>A subscriber's own state, made of nothing but its events; an event that breaks the stream's promise fails the test.</summary>
    private static async Task AssembleUntilAsync(StreamReader reader, Dictionary<string, string> truth)
    {
        var held = new Dictionary<string, string>(StringComparer.Ordinal);
        var begun = false;
        while (!begun || held.Count != truth.Count || held.Any(entry => truth.GetValueOrDefault(entry.Key) != entry.Value))
        {
            var next = await reader.NextAsync();
            begun = true;
            switch (next.Name)
            {
                case "snapshot":
                    held = next.Data["instances"]!.AsArray().ToDictionary(static one => (string)one!["id"]!, static one => one!.ToJsonString());
                    break;
                case "added":
                    held.TryAdd(next.InstanceId, next.Data.ToJsonString()).ShouldBeTrue("added what was held");
                    break;
                case "modified":
                    held.ContainsKey(next.InstanceId).ShouldBeTrue("modified what was not held");
                    held[next.InstanceId].ShouldNotBe(next.Data.ToJsonString(), "modified to the same");
                    held[next.InstanceId] = next.Data.ToJsonString();
                    break;
                case "removed":
                    held.Remove(next.InstanceId).ShouldBeTrue("removed what was not held");
                    break;
                case "stale" or "fresh":
                    break;
                default:
                    throw new InvalidOperationException($"An event {next.Name} was not expected.");
            }
        }
    }

    private static string PodOf(int caller) => $"caller-{caller:00}";

    private static string ServiceOf(int service) => $"work-{service}";
}
