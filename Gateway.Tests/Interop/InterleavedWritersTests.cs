using System.Text.Json.Nodes;
using Gateway.Emulator.Http;
using Gateway.Tests.Annotations;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Interop;

/// <summary>
/// An SDK appends to the annotation that it shares with a mirror, without looking, always between the gateway's read and the gateway's
/// write (or the other way round). Neither loses a record.
/// </summary>
public sealed class InterleavedWritersTests
{
    private const int Rounds = 1_000;
    private const string Key = "dubbo.io/annotation";
    private const string Ours = "com.example.Ours";
    private const string Theirs = "com.example.Theirs";

    [Fact]
    public async Task NoRecordOfEitherIsLost_AThousandTimes()
    {
        await using var registry = await TestRegistry.StartAsync(settings: [("Leases:Enabled", "false")]);
        using var api = new SdkApi(registry.Cluster.Url);
        for (var round = 0; round < Rounds; round++)
            registry.Pod(PodOf(round), AddressOf(round));
        var ready = await registry.Gateway.State.WaitAsync(static snapshot => snapshot.Pods.Count == Rounds, Patience.Limit, TestContext.Current.CancellationToken);
        ready.ShouldNotBeNull();

        // Rounds are of different pods, so several go on at once.
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Rounds), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = TestContext.Current.CancellationToken },
            async (round, _) => await InterleaveAsync(registry, api, round));

        // Once every shared annotation has been brought to what it should be: what the SDK wrote, as it wrote it, and nothing else.
        for (var round = 0; round < Rounds; round++)
        {
            var (pod, leaf) = (PodOf(round), LeafOf(round).Key);
            await SharedPods.UntilAsync(() => SdkCodec.Decode(registry.Annotation(pod, Key)!).Select(static record => record.Key).SequenceEqual([leaf]));
            registry.OwnKeys(pod).Count.ShouldBe(round % 4 == 1 ? 2 : 1, pod);
        }

        var ours = await registry.Http.LookUpUntilAsync("shop", Ours, static found => found.Count == Rounds * 5 / 4);
        ours.ShouldAllBe(static instance => (string)instance["source"]! == "gateway");
        ours.Where(static instance => (int)instance["port"]! == 20880).Select(static instance => (string)instance["pod"]!["name"]!)
            .Order(StringComparer.Ordinal).ShouldBe(Enumerable.Range(0, Rounds).Select(PodOf).Order(StringComparer.Ordinal));
        var theirs = await registry.Http.LookUpUntilAsync("shop", Theirs, static found => found.Count == Rounds);
        theirs.ShouldAllBe(static instance => (string)instance["source"]! == "dubbo-go");
    }

    private static async Task InterleaveAsync(TestRegistry registry, SdkApi api, int round)
    {
        var sdk = new DubboGo15(api, "shop");
        switch (round % 4)
        {
            case 0:
                await BetweenReadAndWriteAsync(registry, round, () => sdk.AppendAsync(PodOf(round), LeafOf(round)), () => RegisterAsync(registry, round, 20880));
                break;
            case 1:
                // The mirror stands already, and the SDK appends to it.
                await RegisterAsync(registry, round, 20881);
                await BetweenReadAndWriteAsync(registry, round, () => sdk.AppendAsync(PodOf(round), LeafOf(round)), () => RegisterAsync(registry, round, 20880));
                break;
            case 2:
                // What is taken away is taken out of what the SDK has made of it.
                var id = (string)(await RegisterAsync(registry, round, 20881))["id"]!;
                await RegisterAsync(registry, round, 20880);
                await BetweenReadAndWriteAsync(registry, round, () => sdk.AppendAsync(PodOf(round), LeafOf(round)), () => DeregisterAsync(registry, id));
                break;
            default:
                // The SDK read before the mirror was there, and writes after: it overwrites the mirror, not the registration.
                await DubboGoAnnotation.AppendAsync(api, "shop", PodOf(round), LeafOf(round), () => RegisterAsync(registry, round, 20880));
                break;
        }
    }

    /// <summary>The deed is done when the gateway has read the pod and its PATCH arrives, before that is carried out.</summary>
    private static async Task BetweenReadAndWriteAsync(TestRegistry registry, int round, Func<Task> deed, Func<Task> write)
    {
        var done = 0;
        registry.Cluster.Faults.DoBefore(
            async () =>
            {
                await deed();
                done++;
            },
            1, request => IsGatewaysPatch(request, PodOf(round)));
        await write();
        done.ShouldBe(1);
    }

    private static bool IsGatewaysPatch(ObservedRequest request, string pod) =>
        request.Method == "PATCH" && request.Path.EndsWith("/pods/" + pod, StringComparison.Ordinal) && !request.UserAgent.StartsWith("sdk", StringComparison.Ordinal);

    private static Task<JsonNode> RegisterAsync(TestRegistry registry, int round, int port) => registry.Http.RegisterAsync(new
    {
        @namespace = "shop",
        pod = PodOf(round),
        service = Ours,
        version = port == 20880 ? "" : "2",
        protocol = "dubbo",
        port,
        mirrors = new[] { "dubbo-go-1.5" },
    });

    private static async Task DeregisterAsync(TestRegistry registry, string id)
    {
        using var answer = await registry.Http.DeleteAsync("/v1/registrations/" + id).Within();
        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync());
    }

    private static (string Key, string Value) LeafOf(int round) => SdkCodec.Leaf($"dubbo://{AddressOf(round)}:20890/{Theirs}?interface={Theirs}&timestamp=1700000000", Theirs);

    private static string PodOf(int round) => $"pod-{round}";

    private static string AddressOf(int round) => $"10.1.{round / 250}.{(round % 250) + 1}";
}
