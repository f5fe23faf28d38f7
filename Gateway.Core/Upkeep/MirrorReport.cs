using System.Collections.Immutable;
using Gateway.Core.Annotations.Mirrors;
using Gateway.Core.Diagnostics;
using Gateway.Core.Kubernetes.Models;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.Upkeep;

/// <summary>
/// Counts the registrations in each mirror by their state, and logs once for each pod when a mirror is not written for a reason that an operator
/// should know. Used by the repair's loop alone.
/// </summary>
internal sealed partial class MirrorReport(GatewayMetrics metrics, ILogger logger)
{
    private const string Written = "written";

    private readonly Dictionary<ObjectKey, ImmutableArray<MirrorPlan>> _plans = [];
    private readonly Dictionary<(string Mirror, string State), long> _counts = [];

    public void Put(ObjectKey pod, ImmutableArray<MirrorPlan> plans)
    {
        var before = _plans.GetValueOrDefault(pod, []);
        Count(before, -1);
        plans = [.. plans.Where(static plan => !plan.States.IsEmpty)];
        Count(plans, 1);
        if (plans.IsEmpty)
            _plans.Remove(pod);
        else
            _plans[pod] = plans;
        foreach (var plan in plans)
            LogIfOff(pod, plan, before.FirstOrDefault(former => former.Mirror == plan.Mirror));
    }

    public void Forget(ObjectKey pod)
    {
        if (_plans.Remove(pod, out var before))
            Count(before, -1);
    }

    /// <summary>Forgets all counts: another replica leads.</summary>
    public void Clear()
    {
        foreach (var pod in _plans.Keys.ToList())
            Forget(pod);
        Publish(0);
    }

    public void Publish(int waiting)
    {
        foreach (var ((mirror, state), count) in _counts)
        {
            metrics.Mirrors.Record(
                count, new KeyValuePair<string, object?>("mirror", mirror), new KeyValuePair<string, object?>("state", state));
        }

        metrics.MirrorRepairsWaiting.Record(waiting);
    }

    private void Count(ImmutableArray<MirrorPlan> plans, int by)
    {
        foreach (var plan in plans)
        {
            foreach (var state in plan.States.Values)
            {
                var key = (plan.Mirror, state.Cause ?? Written);
                _counts[key] = _counts.GetValueOrDefault(key) + by;
            }
        }
    }

    private void LogIfOff(ObjectKey pod, MirrorPlan plan, MirrorPlan? before)
    {
        if (Notable(plan) is { } off && Notable(before)?.Cause != off.Cause)
            IsOff(logger, plan.Mirror, pod, plan.States.Count, LogText.Escaped(off.Reason!));
    }

    private static MirrorState? Notable(MirrorPlan? plan) => plan?.States.Values.FirstOrDefault(static state =>
        state.Cause is MirrorCauses.Foreign or MirrorCauses.NoRoom or MirrorCauses.Clash);

    [LoggerMessage(1640, LogLevel.Warning, "The mirror {Mirror} of pod {Pod} is not written ({Count} registrations): {Reason}. The registrations themselves are stored.")]
    private static partial void IsOff(ILogger logger, string mirror, ObjectKey pod, int count, string reason);
}
