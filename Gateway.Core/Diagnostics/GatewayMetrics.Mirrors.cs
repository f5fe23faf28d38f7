using System.Diagnostics.Metrics;

namespace Gateway.Core.Diagnostics;

public sealed partial class GatewayMetrics
{
    /// <summary>Tags: <c>mirror</c>, and <c>state</c>: written, or why it is not (a fixed set of words). Told by the leader alone.</summary>
    public Gauge<long> Mirrors => field ??= _meter.CreateGauge<long>(
        "registry.mirrors", "{registration}", "Registrations in each mirror that was asked for: written, or why they are left out; 0 on replicas that do not lead.");

    /// <summary>Tag: <c>result</c>: written, unchanged, left-out, unavailable, gone.</summary>
    public Counter<long> MirrorRepairs => field ??= _meter.CreateCounter<long>(
        "registry.mirrors.repairs", "{write}", "Writes that brought a pod's mirrors to what they should be, without a caller, by what came of them.");

    /// <summary>Pods whose mirrors are not as they should be and that wait for their turn.</summary>
    public Gauge<long> MirrorRepairsWaiting => field ??= _meter.CreateGauge<long>(
        "registry.mirrors.waiting", "{pod}", "Pods whose mirrors wait to be written again.");
}
