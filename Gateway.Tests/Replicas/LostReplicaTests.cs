using System.Globalization;
using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;
using Gateway.Tests.Emulator;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.Redis;

namespace Gateway.Tests.Replicas;

/// <summary>
/// Three replicas, real processes, with a hundred subscribers each of a service of a thousand instances; one of them is killed or told to
/// stop. Who comes back elsewhere is told what changed meanwhile, and next to nothing else.
/// </summary>
public sealed class LostReplicaTests(ITestOutputHelper output)
{
    private const int Instances = 1_000;
    private const int Subscribers = 300;
    private const string Watch = "/v1/namespaces/shop/services/orders/watch?status=any";

    // The rate of the changes; nothing hangs on how exactly it is kept.
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(50);

    [Theory]
    [InlineData(false, false, false)]
    [InlineData(true, false, false)]
    [InlineData(true, true, false)]
    [InlineData(true, false, true)]
    public async Task WhoComesBackElsewhereIsToldTheDifferenceAlone(bool withChanges, bool withRedis, bool isDrained)
    {
        await using var redis = withRedis ? await RedisUnderTest.StartAsync() : null;
        await using var small = await SmallCluster.StartAsync();
        Fill(small);
        (string, string)[] settings = redis is null ? [] : [("Redis:Configuration", redis.Configuration)];
        await using var first = await ReplicaProcess.StartAsync(small.Cluster.Url, settings);
        await using var second = await ReplicaProcess.StartAsync(small.Cluster.Url, settings);
        await using var third = await ReplicaProcess.StartAsync(small.Cluster.Url, settings);
        ReplicaProcess[] replicas = [first, second, third];
        foreach (var replica in replicas)
            await replica.Http.LookUpUntilAsync("shop", "orders", static all => all.Count == Instances);

        var subscribers = Enumerable.Range(0, Subscribers).Select(static _ => new RoamingSubscriber(Watch)).ToList();
        try
        {
            foreach (var (number, subscriber) in subscribers.Index())
                await subscriber.ConnectAsync(replicas[number % 3].Http, remember: false);
            foreach (var subscriber in subscribers)
                await subscriber.UntilAsync(static held => held.Count == Instances, static () => "no snapshot came");
            var orphans = subscribers.Where(static (_, number) => number % 3 == 2).ToList();
            var snapshots = orphans.Sum(static subscriber => subscriber.Bytes);

            using var quiet = new CancellationTokenSource();
            var changes = withChanges ? ChangeAsync(small, quiet.Token) : Task.CompletedTask;
            if (withChanges)
                await orphans[0].UntilAsync(_ => orphans[0].Events > 10, static () => "no changes came");
            if (isDrained)
                (await third.TerminateAsync()).ShouldBe(0);
            else
                await third.KillAsync();
            await Task.WhenAll(orphans.Select((orphan, number) => ComeBackAsync(orphan, replicas[number % 2], number, isDrained)));
            if (withChanges)
                await orphans[^1].UntilAsync(_ => orphans[^1].Events > 20, static () => "no changes came");
            await quiet.CancelAsync();
            await changes;

            // A fence: whatever else was sent came before it.
            SetWeight(small, 0, 4321);
            var truth = await TruthAsync(first.Http, 4321);
            foreach (var subscriber in subscribers)
                await subscriber.UntilHoldsAsync(truth);
            orphans.ShouldAllBe(orphan => withChanges || orphan.Events == 1);
            var beyond = orphans.Sum(static orphan => orphan.Bytes - orphan.ChangeBytes);
            output.WriteLine($"{beyond} bytes beyond the changes; {snapshots} of snapshots at first ({100.0 * beyond / snapshots:F3} %); snapshots again: {orphans.Sum(static orphan => orphan.Snapshots)}");
            beyond.ShouldBeLessThan(snapshots / 100);
        }
        finally
        {
            foreach (var subscriber in subscribers)
                await subscriber.DisposeAsync();
        }
    }

    private static async Task ComeBackAsync(RoamingSubscriber orphan, ReplicaProcess replica, int number, bool isDrained)
    {
        await orphan.Ended.Within();
        orphan.HasGoaway.ShouldBe(isDrained);

        // They do not all come in the same moment, just as the retry hints have it.
        await Task.Delay(TimeSpan.FromMilliseconds(number * 10));
        await orphan.ConnectAsync(replica.Http, remember: true);
    }

    /// <summary>The weights of pods and the readiness of endpoints, so that two kinds of objects change.</summary>
    private static async Task ChangeAsync(SmallCluster small, CancellationToken cancellation)
    {
        using var clock = new PeriodicTimer(Between);
        try
        {
            for (var change = 0; await clock.WaitForNextTickAsync(cancellation); change++)
            {
                var pod = change * 7 % Instances;
                if (change % 2 == 0)
                    SetWeight(small, pod, change % 1_000);
                else
                    small.SetReady(NameOf(pod), isReady: change % 4 == 1);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
        }
    }

    private static void Fill(SmallCluster small)
    {
        small.Service();
        for (var pod = 0; pod < Instances; pod++)
        {
            small.Pod(NameOf(pod), $"10.9.{pod / 250}.{(pod % 250) + 1}");
            SetWeight(small, pod, 100);
        }
    }

    private static void SetWeight(SmallCluster small, int pod, int weight) => small.Change(ResourceKinds.Pods, NameOf(pod), content =>
    {
        var annotations = content["metadata"]!["annotations"] ??= new JsonObject();
        annotations["registry-gateway.io/declare"] = string.Create(
            CultureInfo.InvariantCulture, $$"""[{"service":"orders","port":8080,"weight":{{weight}},"metadata":{"zone":"a","owner":"team-orders"} }]""");
    });

    private static async Task<Dictionary<(string Service, string Id), string>> TruthAsync(HttpClient http, int weight)
    {
        var all = await http.LookUpUntilAsync("shop", "orders", instances => instances.Any(one => (int)one["weight"]! == weight));
        return all.ToDictionary(static one => ("orders", (string)one["id"]!), static one => (string)one["revision"]!);
    }

    private static string NameOf(int pod) => $"orders-{pod}";
}
