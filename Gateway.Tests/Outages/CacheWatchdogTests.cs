using System.Text.Json.Nodes;
using Gateway.Core.Kubernetes.Informers;
using Gateway.Emulator.Storage;
using Gateway.Tests.Emulator;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.Operations;
using Microsoft.Extensions.DependencyInjection;
using StreamReader = Gateway.Tests.EndToEnd.StreamReader;

namespace Gateway.Tests.Outages;

/// <summary>The watchdog of a whole gateway: what it finds is what was lost, no more, and subscribers get it.</summary>
public sealed class CacheWatchdogTests
{
    private const string Watch = "/v1/namespaces/shop/services/orders/watch";

    private static readonly ReflectorOptions Quick = new() { WatchdogPause = TimeSpan.FromMilliseconds(5), PageSize = 3 };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Events
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var kind in new[] { "pods", "services", "endpointslices" })
            {
                foreach (var change in new[] { "ADDED", "MODIFIED", "DELETED" })
                    data.Add(kind, change);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Events))]
    public async Task AnEventThatWasDroppedSilentlyIsFoundRepairedAndCountedOnce(string kind, string change)
    {
        await using var cluster = await StartClusterAsync();
        AddBystanders(cluster);
        Prepare(cluster, kind, change);
        using var logs = new LogBook();
        await using var gateway = await StartGatewayAsync(cluster, logs);
        await using var stream = await StreamReader.OpenAsync(gateway.Http, Watch);
        var isAdded = change == "ADDED";
        (await stream.NextAsync("snapshot")).Data["instances"]!.AsArray().Count.ShouldBe(isAdded ? 0 : 1);
        (await CompareAsync(gateway)).ShouldAllBe(static outcome => outcome == ComparisonOutcome.Same);

        cluster.Cluster.Faults.DropEvents(1, request => request.IsWatch && request.Path.EndsWith("/" + kind, StringComparison.Ordinal));
        Make(cluster, kind, change);
        await UntilInStepAsync(gateway, cluster);
        (await gateway.Http.LookUpAsync("shop", "orders")).Count.ShouldBe(isAdded ? 0 : 1, "the event was lost, and nothing else shows it");

        (await CompareAsync(gateway)).Where(static outcome => outcome != ComparisonOutcome.Same).ShouldBe([ComparisonOutcome.Repaired]);
        (await stream.NextAsync()).Name.ShouldBe(isAdded ? "added" : "removed");
        (await gateway.Http.LookUpAsync("shop", "orders")).Count.ShouldBe(isAdded ? 1 : 0);
        (await CountAsync(gateway, "registry_gateway_cache_differences_total", ("resource", kind))).ShouldBe(1);
        var line = logs.Lines.Where(static line => line.Id == 1111).ShouldHaveSingleItem();
        line.Members["Resource"].ShouldBe(kind);
        line.Members["Key"].ShouldStartWith("shop/");

        (await CompareAsync(gateway)).ShouldAllBe(static outcome => outcome == ComparisonOutcome.Same);
        (await CountAsync(gateway, "registry_gateway_cache_differences_total")).ShouldBe(1);
    }

    [Fact]
    public async Task HundredsOfChangesWhileItComparesCountNothing()
    {
        await using var cluster = await StartClusterAsync();
        AddBystanders(cluster);
        await using var gateway = await StartGatewayAsync(cluster, null);
        var rounds = 0;
        var churning = Task.Run(() => Churn(cluster, () => Volatile.Read(ref rounds) > 1), Token);
        while (!churning.IsCompleted)
        {
            foreach (var outcome in await CompareAsync(gateway))
                outcome.ShouldBeOneOf(ComparisonOutcome.Same, ComparisonOutcome.Behind);
            Interlocked.Increment(ref rounds);
        }

        await churning;
        rounds.ShouldBeGreaterThan(1);
        (await CountAsync(gateway, "registry_gateway_cache_differences_total")).ShouldBe(0);
        (await CountAsync(gateway, "registry_gateway_informer_relists_total", ("reason", "repair"))).ShouldBe(0);
        (await CompareAsync(gateway)).ShouldAllBe(static outcome => outcome == ComparisonOutcome.Same);
    }

    [Fact]
    public async Task WatchesOfAServerThatLagsBehindTheListedOneAreNotJudged()
    {
        await using var cluster = await StartClusterAsync();
        AddBystanders(cluster);
        await using var gateway = await StartGatewayAsync(cluster, null, Quick with { WatchdogPatience = TimeSpan.FromMilliseconds(50) });
        cluster.Cluster.Faults.StallWatches();
        cluster.Pod("late", "10.0.0.9");
        cluster.SetReady("bystander-3", false);
        cluster.Remove(ResourceKinds.Services, "other-2");
        (await CompareAsync(gateway)).ShouldContain(ComparisonOutcome.Behind);
        (await CountAsync(gateway, "registry_gateway_cache_differences_total")).ShouldBe(0);

        cluster.Cluster.Faults.ResumeWatches();
        await UntilInStepAsync(gateway, cluster);
        (await CompareAsync(gateway)).ShouldAllBe(static outcome => outcome == ComparisonOutcome.Same);
        (await CountAsync(gateway, "registry_gateway_informer_relists_total", ("reason", "repair"))).ShouldBe(0);
    }

    private static Task<SmallCluster> StartClusterAsync() => SmallCluster.StartAsync(controllers: false, bookmarks: TimeSpan.FromMilliseconds(50));

    private static Task<GatewayUnderTest> StartGatewayAsync(SmallCluster cluster, LogBook? logs, ReflectorOptions? options = null) =>
        GatewayUnderTest.StartAsync(cluster.Cluster.Url, logs: logs, adjust: builder => builder.Services.AddSingleton(options ?? Quick));

    private static async Task<double> CountAsync(GatewayUnderTest gateway, string metric, (string Label, string Value)? only = null)
    {
        var read = PrometheusText.Read(await gateway.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), Token).Within(), false);
        return read.Families.Values.SelectMany(static family => family.Samples)
            .Where(sample => sample.Name == metric && (only is not { } wanted || sample.Labels[wanted.Label] == wanted.Value)).Sum(static sample => sample.Value);
    }

    private static async Task<List<ComparisonOutcome>> CompareAsync(GatewayUnderTest gateway)
    {
        List<ComparisonOutcome> outcomes = [];
        foreach (var comparison in gateway.Services.GetRequiredService<ClusterInformers>().Watchdog!.Comparisons)
            outcomes.Add((await comparison.RunAsync(Token).WaitAsync(Patience.Limit, Token)).Outcome);
        return outcomes;
    }

    /// <summary>The watches have gone past the lost event, by bookmarks.</summary>
    private static async Task UntilInStepAsync(GatewayUnderTest gateway, SmallCluster cluster)
    {
        var cache = gateway.Services.GetRequiredService<ClusterInformers>().Cache;
        var storage = cluster.Cluster.Storage;
        var moved = new SemaphoreSlim(0);
        cache.Changed += _ => moved.Release();
        while (cache.PodScopes[0].Store.Version < (ulong)storage.CacheVersion(ResourceKinds.Pods)
               || cache.ServiceScopes[0].Store.Version < (ulong)storage.CacheVersion(ResourceKinds.Services)
               || cache.SliceScopes[0].Store.Version < (ulong)storage.CacheVersion(ResourceKinds.EndpointSlices))
            (await moved.WaitAsync(Patience.Limit, Token)).ShouldBeTrue("the watches stand still");
    }

    /// <summary>Objects before and after those of the test, so that it has several pages.</summary>
    private static void AddBystanders(SmallCluster cluster)
    {
        for (var number = 0; number < 7; number++)
        {
            cluster.Pod($"bystander-{number}", $"10.2.0.{number + 1}", app: "other");
            cluster.Pod($"zz-{number}", $"10.3.0.{number + 1}", app: "other");
            cluster.Service(name: $"other-{number}");
        }
    }

    private static void Prepare(SmallCluster cluster, string kind, string change)
    {
        var isAdded = change == "ADDED";
        if (kind != "services" || !isAdded)
            cluster.Service();
        if (kind != "pods" || !isAdded)
            cluster.Pod("orders-1", "10.0.0.1");
        if (kind == "services" || !isAdded)
            AddSlice(cluster, kind == "pods");
    }

    private static void Make(SmallCluster cluster, string kind, string change)
    {
        switch (kind, change)
        {
            case ("pods", "ADDED"):
                cluster.Create(ResourceKinds.Pods, """
                    {"metadata":{"name":"orders-1","namespace":"shop","labels":{"app":"orders"},"annotations":{"registry.test/none":"x"} },
                     "spec":{"nodeName":"node-1","containers":[{"name":"app","image":"example/orders:1"}]},
                     "status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}],"podIP":"10.0.0.1","podIPs":[{"ip":"10.0.0.1"}]} }
                    """);
                // It names a pod that the gateway does not know.
                AddSlice(cluster, true);
                break;
            case ("pods", "MODIFIED"):
                cluster.SetReady("orders-1", false);
                break;
            case ("pods", _):
                cluster.Remove(ResourceKinds.Pods, "orders-1");
                break;
            case ("services", "ADDED"):
                cluster.Service();
                break;
            case ("services", "MODIFIED"):
                cluster.Change(ResourceKinds.Services, "orders", static service => service["spec"]!["ports"]![0]!["name"] = "grpc");
                break;
            case ("services", _):
                cluster.Remove(ResourceKinds.Services, "orders");
                break;
            case (_, "ADDED"):
                AddSlice(cluster, false);
                break;
            case (_, "MODIFIED"):
                cluster.Change(ResourceKinds.EndpointSlices, "orders-a", static slice => slice["endpoints"]![0]!["conditions"]!["ready"] = false);
                break;
            default:
                cluster.Remove(ResourceKinds.EndpointSlices, "orders-a");
                break;
        }
    }

    /// <param name="isPodRequired">The endpoint names a pod: it is served only while that is known.</param>
    private static void AddSlice(SmallCluster cluster, bool isPodRequired)
    {
        var slice = JsonNode.Parse("""
            {"metadata":{"name":"orders-a","namespace":"shop","labels":{"kubernetes.io/service-name":"orders"} },"addressType":"IPv4",
             "ports":[{"name":"http","port":8080,"protocol":"TCP"}],"endpoints":[{"addresses":["10.0.0.1"],"conditions":{"ready":true} }]}
            """)!.AsObject();
        if (isPodRequired && cluster.Get(ResourceKinds.Pods, "orders-1") is { } pod)
            slice["endpoints"]![0]!["targetRef"] = new JsonObject { ["kind"] = "Pod", ["namespace"] = "shop", ["name"] = "orders-1", ["uid"] = (string)pod["metadata"]!["uid"]! };
        cluster.Create(ResourceKinds.EndpointSlices, slice.ToJsonString());
    }

    private static void Churn(SmallCluster cluster, Func<bool> isEnough)
    {
        for (var number = 0; number < 400 || (number < 40_000 && !isEnough()); number++)
        {
            var name = $"churn-{number % 20}";
            if (number >= 20)
                cluster.Remove(ResourceKinds.Pods, name);
            cluster.Pod(name, $"10.4.0.{(number % 20) + 1}", app: "other");
            cluster.SetReady(name, number % 2 == 0);
            cluster.Change(ResourceKinds.Services, $"other-{number % 7}", service => service["metadata"]!["labels"] = new JsonObject { ["turn"] = $"{number}" });
        }
    }
}
