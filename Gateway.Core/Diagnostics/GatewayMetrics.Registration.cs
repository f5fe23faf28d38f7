using System.Diagnostics.Metrics;

namespace Gateway.Core.Diagnostics;

public sealed partial class GatewayMetrics
{
    /// <summary>
    /// Writes to pods by <c>result</c>: written, unchanged, conflict, unavailable, refused (by the cluster), forbidden (to the gateway itself), gone, overloaded.
    /// </summary>
    public Counter<long> PodWrites => field ??= _meter.CreateCounter<long>(
        "registry.registration.writes", "{write}", "What attempts to write to a pod came to.");

    /// <summary>
    /// Calls that were to write, by <c>verb</c> (register, update, deregister, deregister all) and <c>outcome</c>: written, unchanged, or the code of the refusal.
    /// </summary>
    public Counter<long> Registrations => field ??= _meter.CreateCounter<long>(
        "registry.registrations", "{call}", "Calls that were to register, change or deregister, by what came of them.");

    /// <summary>The cluster's whole lag as callers feel it: the API server's answer is its beginning.</summary>
    public Histogram<double> VisibleAfter => field ??= _meter.CreateHistogram<double>(
        "registry.registration.visible.duration", "s", "Time from the API server's answer to a write until lookups of this replica show it.");

    /// <summary>Calls whose edits one PATCH carried.</summary>
    public Histogram<int> JointWrites => field ??= _meter.CreateHistogram<int>(
        "registry.registration.joint", "{call}", "How many calls' edits one PATCH carried.");

    /// <summary>Writes that this replica did not see come back in time.</summary>
    public Counter<long> PendingWrites => field ??= _meter.CreateCounter<long>(
        "registry.registration.pending", "{write}", "Writes that were answered before this replica had folded them.");

    /// <summary>Tag <c>result</c>: sent, failed, left-out.</summary>
    public Counter<long> RegistrationEvents => field ??= _meter.CreateCounter<long>(
        "registry.registration.events", null, "Kubernetes Events for writes, where they are switched on.");
}
