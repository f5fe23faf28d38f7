using System.Collections.Immutable;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Diagnostics;
using Gateway.Core.Registry.Instances;

namespace Gateway.Core.Registry.Projecting;

/// <summary>The number of instances by source and status, updated with each change. Owned by the projector's thread.</summary>
internal sealed class InstanceCounts(GatewayMetrics metrics)
{
    private readonly int[,] _counts = new int[InstanceSourceNames.All.Length, InstanceStatusNames.All.Length];

    /// <summary>Counts the instances of that snapshot from the beginning.</summary>
    public void Restart(RegistrySnapshot snapshot)
    {
        Array.Clear(_counts);
        foreach (var service in snapshot.Services.Values)
            Count(service.Instances, 1);
    }

    public void Replace(ImmutableArray<Instance> before, ImmutableArray<Instance> after)
    {
        Count(before, -1);
        Count(after, 1);
    }

    public void Report(RegistrySnapshot snapshot)
    {
        metrics.RegistryServices.Record(snapshot.Services.Count);
        metrics.RegistryPods.Record(snapshot.Pods.Count);
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
            _counts[(int)instance.Source, (int)instance.Status] += instance.IsOfApplication ? 0 : by;
    }
}
