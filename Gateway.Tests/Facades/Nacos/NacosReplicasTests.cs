using System.Text.Json.Nodes;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Facades.Nacos;

/// <summary>What clients see of several replicas.</summary>
public sealed class NacosReplicasTests
{
    [Fact]
    public async Task TheTimeOfAListIsThatOfTheClusterOnEveryReplicaAndNeverFalls()
    {
        await using var registry = await TestRegistry.StartAsync(settings: [("Facades:Namespace", "shop")]);
        await using var other = await registry.ReplicaAsync("other");
        registry.Pod("orders-1", "10.0.0.1");
        var last = 0L;
        for (var port = 8080; port < 8085; port++)
        {
            await registry.RegisterAsync("orders-1", "orders", port);
            var count = port - 8079;
            var here = await UntilAsync(registry.Http, count);
            var there = await UntilAsync(other.Http, count);
            there.ShouldBe(here);
            here.ShouldBeGreaterThan(last);
            last = here;
        }

        registry.Small.Remove(Gateway.Emulator.Storage.ResourceKinds.Pods, "orders-1");
        (await UntilAsync(registry.Http, 0)).ShouldBeGreaterThan(last);
    }

    /// <summary>A replica that starts later has seen the change together with all that came after it; for a client that turns from it to the first one no time passes backwards.</summary>
    [Fact]
    public async Task AReplicaThatFoldedTheChangeWithLaterOnesSaysTheSameTime()
    {
        await using var registry = await TestRegistry.StartAsync(settings: [("Facades:Namespace", "shop")]);
        registry.Pod("orders-1", "10.0.0.1");
        await registry.RegisterAsync("orders-1", "orders");
        var before = await UntilAsync(registry.Http, 1);
        for (var i = 0; i < 5; i++)
            registry.Pod($"other-{i}", $"10.0.1.{i + 1}");
        await using var late = await registry.ReplicaAsync("late");
        (await registry.Gateway.State.WaitAsync(static snapshot => snapshot.RegistrationsOf("shop", "other-4") is { Pod.PodIPs.IsEmpty: false }, Patience.Limit)).ShouldNotBeNull();

        var there = await UntilAsync(late.Http, 1);
        there.ShouldBeGreaterThan(before);
        (await UntilAsync(registry.Http, 1)).ShouldBeGreaterThanOrEqualTo(there);
    }

    private static async Task<long> UntilAsync(HttpClient http, int count)
    {
        using var deadline = new CancellationTokenSource(Patience.Limit);
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (true)
        {
            var list = JsonNode.Parse(await http.GetStringAsync("/nacos/v1/ns/instance/list?serviceName=orders", deadline.Token))!;
            if (list["hosts"]!.AsArray().Count == count)
                return list["lastRefTime"]!.GetValue<long>();
            await poll.WaitForNextTickAsync(deadline.Token);
        }
    }
}
