using Gateway.Core.Leases;
using Gateway.Core.Redis;
using Gateway.Core.Registry.Projecting;
using Gateway.Core.Registry.Saved;
using StackExchange.Redis;

namespace Gateway.Tests.Redis;

/// <summary>Waits for what Redis, or what is shared through it, comes to.</summary>
internal static class RedisWaits
{
    public static async Task UntilAsync(this RedisConnection connection, bool isAvailable)
    {
        var turned = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Look()
        {
            if (connection.IsAvailable == isAvailable)
                turned.TrySetResult();
        }

        connection.AvailabilityChanged += Look;
        Look();
        await turned.Task.Within();
        connection.AvailabilityChanged -= Look;
    }

    /// <summary>Subscribes as the gateway does: again until Redis has answered in time.</summary>
    public static async Task SubscribedAsync(this RedisConnection connection, string channel, Action<RedisValue> received)
    {
        using var deadline = new CancellationTokenSource(Patience.Limit);
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await connection.TrySubscribeAsync(channel, received))
            await poll.WaitForNextTickAsync(deadline.Token);
    }

    /// <summary>What Redis holds of the state; it has to answer.</summary>
    public static async Task<SavedRegistry?> LoadedAsync(this SavedRegistryStore store)
    {
        (await store.LoadAsync().Within()).TryGet(out var saved).ShouldBeTrue();
        return saved;
    }

    /// <summary>Until a counter of that replica is above zero.</summary>
    public static async Task CountedAsync(this GatewayUnderTest gateway, string metric)
    {
        var started = TimeProvider.System.GetTimestamp();
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (true)
        {
            var metrics = await gateway.Http.GetStringAsync("/metrics").Within();
            if (metrics.Contains(metric, StringComparison.Ordinal))
                return;
            TimeProvider.System.GetElapsedTime(started).ShouldBeLessThan(
                Patience.Limit, string.Join('\n', metrics.Split('\n').Where(static line => line.StartsWith("registry_gateway_redis", StringComparison.Ordinal))));
            await poll.WaitForNextTickAsync();
        }
    }

    public static async Task UntilAsync(this ILeaseStore leases, Func<ILeaseStore, bool> met)
    {
        var turned = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Look(IReadOnlyCollection<string> ids)
        {
            if (met(leases))
                turned.TrySetResult();
        }

        leases.Changed += Look;
        Look([]);
        await turned.Task.Within();
        leases.Changed -= Look;
    }
}
