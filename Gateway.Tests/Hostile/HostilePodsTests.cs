using System.Diagnostics;
using System.Globalization;
using System.Net;
using Gateway.Core.Supervision;
using Gateway.Emulator.Storage;
using Gateway.Tests.Callers;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.Hostile;

/// <summary>Pods with any annotations come and go, over the API server's own lists and watches; the gateway serves on, and a neighbour does not notice.</summary>
public sealed class HostilePodsTests(ITestOutputHelper output)
{
    // So many live at once; the oldest goes when another comes.
    private const int Standing = 300;
    private const int Batch = 50;

    [Fact]
    public async Task HostilePodsAreServedOrReportedAndANeighbourIsServedAsEver()
    {
        var seed = HostileRun.Seed(output);
        var count = HostileRun.Count(300, 10_000);
        using var log = new LogMeter();
        await using var registry = await FencedRegistry.StartQuietAsync(log);
        log.Measure(registry.Gateway);
        registry.Pod("shop", "tenant-1", "10.0.0.1");
        registry.Pod("billing", "reader", "10.0.0.2");
        await registry.SeenAsync("billing", "reader");
        registry.Grant("billing", "reader", "billing/app", "", "pods", "get", "list", "patch");
        using var http = SecondTenant.Client(registry.Gateway, registry.As("shop", "tenant-1"));
        using var reader = SecondTenant.Client(registry.Gateway, registry.As("billing", null));
        await RunAsync(new HostilePods(new Random(seed)), registry, reader, 0, Batch);
        var calm = Tenant(http);
        await calm.RunAsync(20, Task.CompletedTask);
        output.WriteLine($"without: {calm.Figures}");
        var (live, cpu, begun) = (HostileRun.LiveBytes(), Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());

        var neighbour = Tenant(http);
        var attack = Task.Run(() => RunAsync(new HostilePods(new Random(seed + 1)), registry, reader, Batch, count));
        await neighbour.RunAsync(20, attack);
        var bytes = await attack;

        var taken = Stopwatch.GetElapsedTime(begun);
        var spent = Environment.CpuUsage.TotalTime - cpu;
        var grown = HostileRun.LiveBytes() - live;
        output.WriteLine($"beside:  {neighbour.Figures}");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count} pods, {bytes >> 20} MiB of annotations in {taken.TotalSeconds:f1} s, {spent.TotalMilliseconds / count:f1} ms CPU each (with the API server and the calls); live memory {live >> 20} MiB, then {grown / 1048576.0:f1} MiB more"));
        output.WriteLine($"{log.Lines} log lines, longest {log.LongestBytes} bytes");
        log.Failures.Take(3).ShouldBeEmpty();
        log.LongestBytes.ShouldBeLessThanOrEqualTo(4096, log.Longest);
        registry.Gateway.Services.GetRequiredService<LoopSupervisor>().GivenUp.IsCompleted.ShouldBeFalse();
        if (!HostileRun.IsFull)
            return;

        // Measured with 10,000 pods: 216 MiB, of which most is the API server's (512 changes of its past, and what stands), and 8 ms of CPU each. A
        // third more memory is slack, and four times the CPU, for a slower machine.
        grown.ShouldBeLessThan(288L << 20);
        (spent / count).ShouldBeLessThan(TimeSpan.FromMilliseconds(32));
    }

    private static SecondTenant Tenant(HttpClient http) => new(http, "shop", "ledger", new { service = "ledger", port = 8080 }, null);

    /// <summary>The bytes of all annotations.</summary>
    private static async Task<long> RunAsync(HostilePods pods, FencedRegistry registry, HttpClient reader, int from, int to)
    {
        var bytes = 0L;
        for (var i = from; i < to; i++)
        {
            var pod = pods.Next("billing", $"evil-{i}", $"10.{1 + (i / 60_000)}.{i / 250 % 250}.{1 + (i % 250)}");
            bytes += pod["metadata"]!["annotations"]!.AsObject().Sum(static one => (long)one.Key.Length + ((string)one.Value!).Length);
            registry.Cluster.Objects.Create(ResourceKinds.Pods, pod).ShouldNotBeNull();
            if (i >= Standing)
                registry.Cluster.Objects.Remove(ResourceKinds.Pods, "billing", $"evil-{i - Standing}");
            if ((i + 1) % Batch == 0)
                await ShouldServeAsync(registry, reader, $"evil-{i}");
        }

        return bytes;
    }

    private static async Task ShouldServeAsync(FencedRegistry registry, HttpClient reader, string last)
    {
        (await registry.Gateway.State.WaitAsync(snapshot => snapshot.RegistrationsOf("billing", last) is not null, Patience.Limit)).ShouldNotBeNull();
        foreach (var path in new[]
        {
            $"/v1/registrations?namespace=billing&pod={last}", "/v1/services?namespace=billing&limit=500", "/v1/namespaces/billing/services/evil-1/instances?status=any",
            "/v1/namespaces/billing/services/declared-1/instances", "/v1/namespaces/billing/dubbo/interfaces", "/v1/namespaces/billing/dubbo/interfaces/com.example.Evil1/providers",
            "/v1/namespaces/billing/dubbo/interfaces/com.example.Evil1/consumers", "/v1/namespaces/billing/dubbo/applications/evil/instances", "/metrics",
        })
        {
            using var answer = await reader.GetAsync(path).Within();
            var text = await answer.Content.ReadAsStringAsync();

            // A pod that has finished has nothing to list.
            if (answer.StatusCode != HttpStatusCode.Forbidden || !text.Contains("\"pod-gone\"", StringComparison.Ordinal))
                answer.StatusCode.ShouldBe(HttpStatusCode.OK, $"{path}: {text}");
        }
    }
}
