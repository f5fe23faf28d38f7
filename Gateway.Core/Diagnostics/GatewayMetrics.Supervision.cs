using System.Diagnostics.Metrics;

namespace Gateway.Core.Diagnostics;

public sealed partial class GatewayMetrics
{
    /// <summary>Tag <c>loop</c>: the loop, work or timer that failed, one of a fixed set of names.</summary>
    public Counter<long> LoopFailures => field ??= _meter.CreateCounter<long>(
        "registry.loop.failures", "{failure}", "Unforeseen failures of background loops and background work, by loop; each is logged with its stack.");
}
