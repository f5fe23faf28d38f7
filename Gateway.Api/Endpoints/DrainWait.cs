using Gateway.Api.Hosting;
using Gateway.Core.Registry;
using Gateway.Core.Subscriptions;

namespace Gateway.Api.Endpoints;

/// <summary>
/// <c>drain=wait</c>: waits until every stream that includes the service has been sent a state in which the instance is not UP, whatever made
/// it so. Only where there is no other replica; elsewhere it cannot tell. Keeps no state.
/// </summary>
internal sealed class DrainWait(RegistryState state, SubscriptionHub hub, GatewaySettings settings, TimeProvider time)
{
    /// <summary>Null: other replicas may exist unseen.</summary>
    public async Task<DrainReport?> RunAsync(Instance instance, TimeSpan limit, CancellationToken cancellation)
    {
        if (!(settings.Subscriptions.SingleReplica ?? settings.StartsEmulator))
            return null;
        var started = time.GetTimestamp();
        var left = () => limit - time.GetElapsedTime(started) is { Ticks: > 0 } rest ? rest : TimeSpan.Zero;
        var drained = await state.WaitAsync(snapshot => !IsUp(snapshot, instance.Id), left(), cancellation);
        if (drained is null)
        {
            var (all, _) = hub.CountBehind(instance.Service, ulong.MaxValue);
            return Report(false, all, all);
        }
        var sequence = drained.Find(instance.Service).Sequence;
        while (true)
        {
            var progress = hub.NextProgress();
            var (streams, behind) = hub.CountBehind(instance.Service, sequence);
            if (behind == 0 || left() == TimeSpan.Zero)
                return Report(behind == 0, streams, behind);
            try
            {
                await progress.WaitAsync(left(), time, cancellation);
            }
            catch (TimeoutException)
            {
                // The next count is the answer.
            }
        }

        DrainReport Report(bool complete, int subscribers, int pending) =>
            new(complete, 1, subscribers, pending, (long)time.GetElapsedTime(started).TotalMilliseconds);
    }

    private static bool IsUp(RegistrySnapshot snapshot, string id) => snapshot.FindInstance(id)?.Instance.Status == InstanceStatus.Up;
}
