using System.Collections;
using System.Text.Json.Nodes;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Informers;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Kubernetes.Models.Decoding;
using Gateway.Tests.Kubernetes.Informers;

namespace Gateway.Tests.Registry;

/// <summary>
/// What a pod keeps on the heap, from its protobuf message to the snapshot: ordinary pods of 2 containers, 8 labels and 2 addresses, 10 to a deployment. The
/// heap is measured, so nothing runs beside these tests.
/// </summary>
[Collection(nameof(RunsAlone))]
public sealed class PodMemoryTests(ITestOutputHelper output)
{
    private const int Pods = 20_000;
    private const int PodsPerService = 10;

    [Fact]
    public async Task APodThatNothingNamesTakesAtMost300Bytes()
    {
        await SettleAsync();
        var each = LiveBytes(Pods, isNamed: false);
        output.WriteLine($"{each} bytes a pod that nothing names");
        each.ShouldBeInRange(100, 300);
    }

    [Fact]
    public async Task APodBehindAServiceTakesAtMost1300BytesWithEndpointAndInstance()
    {
        await SettleAsync();
        var each = LiveBytes(Pods, isNamed: true);
        output.WriteLine($"{each} bytes a pod with its endpoint and its instance");
        each.ShouldBeInRange(300, 1_300);
    }

    [Fact]
    public async Task ARelistAddsAtMostAFifthOfThePodsToTheHeap()
    {
        await SettleAsync();
        var rounds = Enumerable.Range(0, 3).Select(_ => Relist()).ToList();
        foreach (var (before, peak, after) in rounds)
            output.WriteLine($"{before:N0} bytes before, {peak:N0} at the peak, {after:N0} after");

        // What earlier tests left behind may come and go in one of them.
        rounds.Min(static round => round.Peak * 100 / round.Before).ShouldBeLessThanOrEqualTo(120);
        rounds.Min(static round => round.After * 100 / round.Before).ShouldBeLessThanOrEqualTo(110);
    }

    private static (long Before, long Peak, long After) Relist()
    {
        var context = NewContext();
        var store = ClusterCache.NewPodStore();
        var empty = Live();
        store.Replace(Decoded(Pods, context, 0), 1);
        store.Drain();
        var before = Live() - empty;

        // Every hundredth pod has changed.
        var listed = new List<Pod>();
        foreach (var pod in Decode(Pods, context, 100))
            listed.Add(store.HeldOr(pod));
        var peak = 0L;
        store.Replace(new Watched(listed, () => peak = Live() - empty), 2);
        store.Drain();
        var after = Live() - empty;
        GC.KeepAlive(store);
        GC.KeepAlive(listed);
        return (before, peak, after);
    }

    /// <summary>Until the heap is at rest: earlier tests end connections and timers for some seconds more.</summary>
    private static async Task SettleAsync()
    {
        var (last, calm) = (Live(), 0);
        for (var looks = 0; looks < 40 && calm < 4; looks++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(250), TestContext.Current.CancellationToken);
            var now = Live();
            calm = Math.Abs(now - last) < 64 * 1024 ? calm + 1 : 0;
            last = now;
        }
    }

    /// <summary>The most of three: what earlier tests left behind may be freed in the middle of one, which then measures less.</summary>
    private static long LiveBytes(int pods, bool isNamed) => Enumerable.Range(0, 3).Max(_ => LiveBytesOnce(pods, isNamed));

    private static long LiveBytesOnce(int pods, bool isNamed)
    {
        var context = NewContext();
        // The pools, and whatever is made once.
        GC.KeepAlive(Decode(10, context, 0).ToList());
        using var warm = new RegistryOfPods();
        warm.Take(10, context, isNamed);
        using var registry = new RegistryOfPods();
        var before = Live();
        registry.Take(pods, context, isNamed);
        var each = (Live() - before) / pods;
        registry.Registry.State.Current.Pods.Count.ShouldBe(pods);
        registry.Registry.State.Current.Instances.Count.ShouldBe(isNamed ? pods : 0);
        return each;
    }

    private static List<Pod> Decoded(int count, DecodeContext context, int changedEach) => [.. Decode(count, context, changedEach)];

    private static IEnumerable<Pod> Decode(int count, DecodeContext context, int changedEach)
    {
        for (var number = 0; number < count; number++)
        {
            var version = changedEach > 0 && number % changedEach == 0 ? 100_000 + number : number + 1;
            var message = ProtobufWire.Message(Ordinary(number, version), "Pod");
            yield return AnswerFormat.Protobuf.ReadItem(message, ResourceTypes.Pods, context).Object!;
        }
    }

    private static long Live()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    private static DecodeContext NewContext() => new(new StringPool(), static key => key.StartsWith("registry-gateway.io/", StringComparison.Ordinal));

    private static string NameOf(int number) => $"orders-{number / PodsPerService}-7d4b9c6f58-{number % 46_656:x5}";

    private static string NamespaceOf(int service) => $"shop-{service % 50}";

    private static string AddressOf(int number) => $"10.{number >> 16}.{number >> 8 & 255}.{number & 255}";

    private static string Ordinary(int number, int version) => $$$"""
        {"metadata":{"name":"{{{NameOf(number)}}}","generateName":"orders-{{{number / PodsPerService}}}-7d4b9c6f58-","namespace":"{{{NamespaceOf(number / PodsPerService)}}}",
          "uid":"{{{UidOf(number)}}}","resourceVersion":"{{{version}}}","creationTimestamp":"2026-11-20T19:35:59Z",
          "labels":{"app":"orders-{{{number / PodsPerService}}}","app.kubernetes.io/name":"orders-{{{number / PodsPerService}}}","app.kubernetes.io/instance":"orders","app.kubernetes.io/part-of":"shop",
            "app.kubernetes.io/managed-by":"Helm","app.kubernetes.io/version":"1.4.2","helm.sh/chart":"orders-1.4.2","pod-template-hash":"7d4b9c6f58"},
          "annotations":{"kubernetes.io/config.seen":"2026-11-20T19:35:59Z","checksum/config":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
          "ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"orders-7d4b9c6f58","uid":"2f0a4a53-0b3a-4a8e-9d0d-6c9b1c9b0c11","controller":true}]},
         "spec":{"nodeName":"node-{{{number % 300}}}","serviceAccountName":"orders","containers":[{"name":"app","image":"registry.example/orders:1.4.2"},{"name":"istio-proxy","image":"istio/proxyv2"}]},
         "status":{"phase":"Running","podIP":"{{{AddressOf(number)}}}","podIPs":[{"ip":"{{{AddressOf(number)}}}"},{"ip":"fd00:10:244::{{{number + 1:x}}}"}],
          "conditions":[{"type":"PodReadyToStartContainers","status":"True"},{"type":"Initialized","status":"True"},{"type":"Ready","status":"True"},{"type":"ContainersReady","status":"True"},{"type":"PodScheduled","status":"True"}],
          "containerStatuses":[{"name":"app","ready":true,"restartCount":0,"containerID":"containerd://{{{number:x12}}}aaaaaaaaaaaaaaaaaaaa","state":{"running":{"startedAt":"2026-11-20T19:36:05Z"} } },
                               {"name":"istio-proxy","ready":true,"restartCount":1,"containerID":"containerd://{{{number:x12}}}bbbbbbbbbbbbbbbbbbbb","state":{"running":{"startedAt":"2026-11-20T19:36:06Z"} } }]} }
        """;

    private static string UidOf(int number) => new Guid(number, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10).ToString();

    /// <summary>The stores of a cluster and the projector over them.</summary>
    private sealed class RegistryOfPods : IDisposable
    {
        public ProjectedRegistry Registry { get; } = new(pods: ClusterCache.NewPodStore());

        public void Take(int pods, DecodeContext context, bool isNamed)
        {
            Registry.Pods.Replace(Decoded(pods, context, 0), 10);
            var services = Enumerable.Range(0, isNamed ? pods / PodsPerService : 0).ToList();
            Registry.Services.Replace([.. services.Select(service => ServiceOf(service, context))], 10);
            Registry.Slices.Replace([.. services.Select(service => SliceOf(service, context))], 10);
            Registry.Nodes.Replace([], 10);
            Registry.Projector.Fold();
        }

        public void Dispose() => Registry.Dispose();

        private static Service ServiceOf(int service, DecodeContext context)
        {
            var json = $$$"""{"metadata":{"name":"orders-{{{service}}}","namespace":"{{{NamespaceOf(service)}}}","uid":"{{{UidOf(service)}}}","resourceVersion":"5"},"spec":{"selector":{"app":"orders-{{{service}}}"},"ports":[{"name":"http","port":80,"targetPort":8080}]} }""";
            return AnswerFormat.Protobuf.ReadItem(ProtobufWire.Message(json, "Service"), ResourceTypes.Services, context).Object!;
        }

        private static EndpointSlice SliceOf(int service, DecodeContext context)
        {
            var endpoints = new JsonArray();
            for (var number = service * PodsPerService; number < (service + 1) * PodsPerService; number++)
            {
                endpoints.Add(JsonNode.Parse(
                    $$$"""{"addresses":["{{{AddressOf(number)}}}"],"conditions":{"ready":true,"serving":true,"terminating":false},"nodeName":"node-{{{number % 300}}}","targetRef":{"kind":"Pod","namespace":"{{{NamespaceOf(service)}}}","name":"{{{NameOf(number)}}}","uid":"{{{UidOf(number)}}}"} }"""));
            }

            var json = $$$"""{"metadata":{"name":"orders-{{{service}}}-abcde","namespace":"{{{NamespaceOf(service)}}}","uid":"{{{UidOf(service)}}}","resourceVersion":"6","labels":{"kubernetes.io/service-name":"orders-{{{service}}}"} },"addressType":"IPv4","endpoints":{{{endpoints.ToJsonString()}}},"ports":[{"name":"http","port":8080,"protocol":"TCP"}]}""";
            return AnswerFormat.Protobuf.ReadItem(ProtobufWire.Message(json, "EndpointSlice"), ResourceTypes.EndpointSlices, context).Object!;
        }
    }

    /// <summary>A list that tells when it has been read to its end, while its reader still holds what it made of it.</summary>
    private sealed class Watched(List<Pod> pods, Action atEnd) : IReadOnlyCollection<Pod>
    {
        public int Count => pods.Count;

        public IEnumerator<Pod> GetEnumerator()
        {
            foreach (var pod in pods)
                yield return pod;
            atEnd();
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}

/// <summary>Tests that measure the process, or need all of it: they run one after another, after all others.</summary>
[CollectionDefinition(nameof(RunsAlone), DisableParallelization = true)]
public sealed class RunsAlone;
