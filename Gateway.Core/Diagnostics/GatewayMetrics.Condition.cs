namespace Gateway.Core.Diagnostics;

/// <summary>How far what is served can be trusted.</summary>
public sealed partial class GatewayMetrics
{
    /// <summary>Called once, by whoever follows the cluster's condition.</summary>
    public void ObserveCondition(Func<bool> hasSynced, Func<double> truthAge)
    {
        _meter.CreateObservableGauge("registry.synced", () => hasSynced() ? 1 : 0, null, "1 once the registry has been seen whole, else 0.");
        _meter.CreateObservableGauge("registry.truth.age", truthAge, "s",
            "For how long the API server has been lost; 0 while pods, Services and endpoints are followed.");
    }

    /// <summary>Called once, by whoever makes the store that counts its leases.</summary>
    public void ObserveLeases(Func<int> count) =>
        _meter.CreateObservableGauge("registry.leases", () => count(), "{lease}", "Heartbeat leases in this process's memory, lapsed ones included.");
}
