using System.Net;
using Gateway.Core.Supervision;
using Gateway.Emulator.Storage;
using Gateway.Tests.Emulator;
using Gateway.Tests.Redis;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.Hosting;

/// <summary>A gateway in which everything is switched on that has a loop. A loop that failed goes on at once.</summary>
public sealed class EveryLoop : IAsyncLifetime
{
    /// <summary>Every loop that there is.</summary>
    internal static readonly string[] Names =
    [
        "events", "informer-pods", "informer-services", "informer-endpointslices", "informer-nodes", "informer-namespaces", "cache-watchdog", "consumers", "projector", "projector-watch", "dubbo-metadata",
        "election", "mirror-repair", "lease-cleaner", "past-states", "redis-exchange", "saved-state", "redis-leases", "self-check", "redis-connection",
    ];

    private RedisUnderTest _redis = null!;

    internal SmallCluster Small { get; private set; } = null!;

    internal GatewayUnderTest Gateway { get; private set; } = null!;

    internal LoopFaults Faults { get; } = new();

    internal LogBook Logs { get; } = new();

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisUnderTest.StartAsync();
        Small = await SmallCluster.StartAsync();
        Small.Node("node-1", "zone-a");
        Small.Create(ResourceKinds.Pods, """{"metadata":{"name":"greeter","namespace":"shop"},"spec":{"containers":[{"name":"app","image":"example/app:1"}]} }""");
        Small.Cluster.Player.Run("shop", "greeter", "node-1", [IPAddress.Parse("10.0.0.1")]);
        var settings = new Dictionary<string, string?>
        {
            ["Redis:Configuration"] = _redis.Configuration,
            ["Registration:Events"] = "true",
            ["POD_NAMESPACE"] = "shop",
            ["POD_NAME"] = "greeter",
        };
        Gateway = await GatewayUnderTest.StartAsync(Small.Cluster.Url, settings, Logs, adjust: builder => builder.Services.AddSingleton(new SupervisionOptions
        {
            FirstPause = TimeSpan.FromMilliseconds(1),
            Run = Faults.RunAsync,
        }));
        foreach (var loop in Names)
            await Faults.BegunAsync(loop);
    }

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await Small.DisposeAsync();
        await _redis.DisposeAsync();
    }
}
