using System.Collections.Immutable;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Diagnostics;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Projection;

namespace Gateway.Core.Registry.Projecting;

/// <summary>
/// The number of instances by source and status, and of endpoints that are held back, updated with each change. Owned by the projector's thread.
/// </summary>
internal sealed class InstanceCounts(GatewayMetrics metrics)
{
    private readonly int[,] _counts = new int[InstanceSourceNames.All.Length, InstanceStatusNames.All.Length];

    private int _restarted;
    private int _expired;

    private readonly Dictionary<ServiceKey, int> _heldBack = [];
    private long _allHeldBack;

    /// <summary>Counts the instances of that snapshot from the beginning.</summary>
    public void Restart(RegistrySnapshot snapshot)
    {
        Array.Clear(_counts);
        (_restarted, _expired) = (0, 0);
        _heldBack.Clear();
        _allHeldBack = 0;
        foreach (var service in snapshot.Services.Values)
            Count(service.Instances, 1);
    }

    public void Replace(ImmutableArray<Instance> before, ImmutableArray<Instance> after)
    {
        Count(before, -1);
        Count(after, 1);
    }

    /// <summary>So many endpoints of that Service name a pod that is not known, or has no address.</summary>
    public void HoldBack(ServiceKey service, int endpoints)
    {
        _allHeldBack += endpoints - _heldBack.GetValueOrDefault(service);
        if (endpoints == 0)
            _heldBack.Remove(service);
        else
            _heldBack[service] = endpoints;
    }

    /// <summary>Call after each round, whether it has published or not: an endpoint that is held back changes no service.</summary>
    public void ReportHeldBack() => metrics.RegistryHeldBack.Record(_allHeldBack);

    public void Report(RegistrySnapshot snapshot)
    {
        metrics.RegistryServices.Record(snapshot.Services.Count);
        metrics.RegistryPods.Record(snapshot.Pods.Count);
        metrics.RegistryDown.Record(_restarted, new KeyValuePair<string, object?>("reason", InstanceStatusRules.ContainerRestarted));
        metrics.RegistryDown.Record(_expired, new KeyValuePair<string, object?>("reason", InstanceStatusRules.LeaseExpired));
        for (var source = 0; source < _counts.GetLength(0); source++)
        {
            for (var status = 0; status < _counts.GetLength(1); status++)
            {
                metrics.RegistryInstances.Record(
                    _counts[source, status], new("source", InstanceSourceNames.All[source]), new("status", InstanceStatusNames.All[status]));
            }
        }
    }

    private void Count(ImmutableArray<Instance> instances, int by)
    {
        foreach (var instance in instances)
        {
            if (instance.IsOfApplication)
                continue;
            _counts[(int)instance.Source, (int)instance.Status] += by;
            if (instance.Reason == InstanceStatusRules.LeaseExpired)
                _expired += by;
            else if (instance.Reason == InstanceStatusRules.ContainerRestarted)
                _restarted += by;
        }
    }
}
