using System.Diagnostics;
using System.Globalization;
using Gateway.Core.Redis;
using Gateway.Core.Supervision;
using Gateway.Tests.Emulator;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.Facades.Dubbo;
using Gateway.Tests.Redis;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.Hostile;

/// <summary>Random values of random types in every key, and on every channel, of two replicas at work; a tenant does not notice.</summary>
public sealed class HostileRedisTests(ITestOutputHelper output)
{
    [Fact]
    public async Task RandomValuesInEveryKeyAndOnEveryChannelChangeNothingForATenant()
    {
        var seed = HostileRun.Seed(output);
        var rounds = HostileRun.Count(12, 3_000);
        await using var redis = await RedisUnderTest.StartAsync();
        await using var shell = await RedisShell.OpenAsync(redis);
        await using var cluster = await SmallCluster.StartAsync();
        using var log = new LogMeter();
        await using var one = await StartAsync(cluster, redis, log, "one");
        await using var two = await StartAsync(cluster, redis, log, "two");
        log.Measure(one);
        cluster.Pod("tenant-1", "10.0.0.1");
        var registration = new { @namespace = "shop", pod = "tenant-1", service = "ledger", port = 8080, ttl = 600 };
        await one.Http.RegisterAsync(registration);
        using (var said = await one.Http.PutAsync("tenant-1", "metadata/ledger/r1", DubboCluster.MetadataInfo("ledger", "r1", (DubboCluster.Greeting, "", ""))))
            said.IsSuccessStatusCode.ShouldBeTrue();
        var calm = new SecondTenant(one.Http, "shop", "ledger", registration, null);
        await calm.RunAsync(20, Task.CompletedTask);
        output.WriteLine($"without: {calm.Figures}");

        var (keys, channels) = await NamesAsync(shell, one, two);
        output.WriteLine($"{keys.Count} keys, {channels.Count} channels");
        keys.Count.ShouldBeGreaterThan(8);
        channels.Count.ShouldBeGreaterThan(2);
        var (live, cpu, begun) = (HostileRun.LiveBytes(), Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
        var neighbour = new SecondTenant(one.Http, "shop", "ledger", registration, null);
        var garbage = new RedisGarbage(shell, new Random(seed));
        var layout = one.State.Layout;
        var attack = Task.Run(async () =>
        {
            for (var round = 0; round < rounds; round++)
                await garbage.FillAsync(layout, keys, channels);
        });
        await neighbour.RunAsync(20, attack);
        await attack;

        output.WriteLine($"beside:  {neighbour.Figures}");
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{rounds} rounds in {Stopwatch.GetElapsedTime(begun).TotalSeconds:f1} s, {(Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds / rounds:f1} ms CPU each; {(HostileRun.LiveBytes() - live) / 1048576.0:f1} MiB more live"));
        output.WriteLine($"{log.Lines} log lines, longest {log.LongestBytes} bytes");
        log.Failures.Take(3).ShouldBeEmpty();
        log.LongestBytes.ShouldBeLessThanOrEqualTo(4096, log.Longest);
        foreach (var replica in new[] { one, two })
        {
            replica.Services.GetRequiredService<LoopSupervisor>().GivenUp.IsCompleted.ShouldBeFalse();
            (await replica.Http.LookUpUntilAsync("shop", "ledger", static all => all.Count == 1, "?")).ShouldHaveSingleItem();
            await replica.Http.GetJsonAsync("/readyz");
        }
    }

    private static async Task<GatewayUnderTest> StartAsync(SmallCluster cluster, RedisUnderTest redis, LogMeter log, string name)
    {
        var gateway = await GatewayUnderTest.StartAsync(
            cluster.Cluster.Url, [KeyValuePair.Create("Redis:Configuration", (string?)redis.Configuration), KeyValuePair.Create("Kubernetes:InstanceName", (string?)name),
                KeyValuePair.Create("Logging:LogLevel:Default", (string?)"Information"), KeyValuePair.Create("Logging:LogLevel:Microsoft.AspNetCore", (string?)"Warning")], log);
        await gateway.Services.GetRequiredService<RedisConnection>().UntilAsync(isAvailable: true);
        return gateway;
    }

    /// <summary>What the code names, and what is stored in Redis and listened to: a name that only one of them has is covered too.</summary>
    private static async Task<(IReadOnlyCollection<string> Keys, IReadOnlyCollection<string> Channels)> NamesAsync(RedisShell shell, params GatewayUnderTest[] replicas)
    {
        var (keys, channels) = RedisGarbage.Names(replicas[0].State.Layout, [.. replicas.Select(static replica => replica.Services.GetRequiredService<ReplicaRoster>().Self)]);
        var standing = (string[])(await shell.RunAsync("KEYS", "*"))!;
        var heard = (string[])(await shell.RunAsync("PUBSUB", "CHANNELS", "*"))!;
        return ([.. keys.Union(standing)], [.. channels.Union(heard.Where(static channel => !channel.StartsWith("__", StringComparison.Ordinal)))]);
    }
}
