using System.Diagnostics.Metrics;

namespace Gateway.Core.Diagnostics;

public sealed partial class GatewayMetrics
{
    /// <summary>Token and access reviews by <c>kind</c> and <c>result</c> (answered, unavailable, overloaded).</summary>
    public Counter<long> Reviews => field ??= _meter.CreateCounter<long>(
        "registry.identity.reviews", "{review}", "Questions about callers that were put to the API server.");

    /// <summary>Callers that were not recognised, by <c>code</c>.</summary>
    public Counter<long> FailedAuthentications => field ??= _meter.CreateCounter<long>(
        "registry.identity.failures", "{caller}", "Callers that were refused because they were not recognised.");
}
