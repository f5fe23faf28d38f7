using Gateway.Core.Leases;
using Gateway.Core.Redis;

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
