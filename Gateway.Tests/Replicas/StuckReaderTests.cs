using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Gateway.Emulator.Storage;
using Gateway.Tests.Emulator;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Replicas;

/// <summary>Readers that take nothing cost a replica constant memory, and nobody else any time.</summary>
public sealed class StuckReaderTests(ITestOutputHelper output)
{
    private const int Changes = 100_000;
    private const int Readers = 20;
    private const int Pods = 10;
    private const int Probes = 150;
    private const string Watch = "/v1/namespaces/shop/services/orders/watch?status=any";

    // Holds the replica, with room; the events that pass are several times as many bytes for each reader.
    private const long HeapLimit = 160 * 1024 * 1024;

    [Fact]
    public async Task NeitherMemoryNorOthersSufferFromReadersThatTakeNothing()
    {
        await using var small = await SmallCluster.StartAsync();
        for (var pod = 0; pod < Pods; pod++)
        {
            small.Pod(NameOf(pod), $"10.9.0.{pod + 1}");
            SetWeight(small, pod, 100);
        }

        // Beyond its limit the runtime ends the process.
        await using var replica = await ReplicaProcess.StartAsync(
            small.Cluster.Url, ("DOTNET_GCHeapHardLimit", HeapLimit.ToString("x", CultureInfo.InvariantCulture)), ("Subscriptions:SendTimeout", "00:10:00"));
        await using var healthy = new RoamingSubscriber(Watch);
        await healthy.ConnectAsync(replica.Http, remember: false);
        await healthy.UntilAsync(static held => held.Count == Pods, static () => "no snapshot came");
        var before = await ProbeAsync(small, healthy, 1);

        var stuck = new List<TcpClient>();
        try
        {
            for (var reader = 0; reader < Readers; reader++)
                stuck.Add(await StickAsync(replica.Http.BaseAddress!));
            for (var change = 0; change < Changes; change++)
            {
                SetWeight(small, change % Pods, change % 9_000);

                // Not faster than the healthy reader is told, so that none of the changes is folded away before it was a state of its own.
                if (change % 500 == 499)
                    await UntilToldAsync(replica, healthy, change);
            }

            var during = await ProbeAsync(small, healthy, 2);
            (await replica.Http.GetStringAsync("/metrics").Within()).Split('\n')
                .ShouldContain(string.Create(CultureInfo.InvariantCulture, $"registry_gateway_streams_slow_total{{}} {Readers}"));
            healthy.ShouldBeKept();

            // A figure for people: how long it took says more of the machine than of the gateway. What counts is that every probe arrived.
            output.WriteLine($"median time to be told, with stuck readers : without = {during / before:F2}");
        }
        finally
        {
            stuck.ForEach(static client => client.Dispose());
        }
    }

    private static async Task UntilToldAsync(ReplicaProcess replica, RoamingSubscriber healthy, int change)
    {
        var all = await replica.Http.LookUpUntilAsync(
            "shop", "orders", instances => instances.Any(one => (int)one["weight"]! == change % 9_000));
        await healthy.UntilHoldsAsync(all.ToDictionary(static one => ("orders", (string)one["id"]!), static one => (string)one["revision"]!));
    }

    /// <summary>The median time from a change until the healthy reader is told, in milliseconds.</summary>
    private static async Task<double> ProbeAsync(SmallCluster small, RoamingSubscriber healthy, int round)
    {
        var times = new List<double>();
        for (var probe = 0; probe < Probes; probe++)
        {
            var events = healthy.Events;
            var started = Stopwatch.GetTimestamp();
            SetWeight(small, 0, 9_000 + (probe % 2) + (round * 10));
            await healthy.UntilAsync(_ => healthy.Events > events, static () => "a change was not told");
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        times.Sort();
        return times[times.Count / 2];
    }

    /// <summary>A connection that asks for the stream and then never reads.</summary>
    private static async Task<TcpClient> StickAsync(Uri address)
    {
        var client = new TcpClient { ReceiveBufferSize = 4096 };
        await client.ConnectAsync(address.Host, address.Port).Within();
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET {Watch} HTTP/1.1\r\nHost: {address.Authority}\r\nAccept: text/event-stream\r\n\r\n"));
        return client;
    }

    private static void SetWeight(SmallCluster small, int pod, int weight) => small.Change(ResourceKinds.Pods, NameOf(pod), content =>
        content["metadata"]!["annotations"] = new System.Text.Json.Nodes.JsonObject
        {
            ["registry-gateway.io/declare"] = string.Create(CultureInfo.InvariantCulture, $$"""[{"service":"orders","port":8080,"weight":{{weight}} }]"""),
        });

    private static string NameOf(int pod) => $"orders-{pod}";
}
