using System.Collections.Immutable;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Instances;

namespace Gateway.Core.Registry.Projecting;

/// <summary>
/// Which services' slices refer to a pod, whether that pod is known or not: when the pod changes, they must be projected again. Counted,
/// since several slices of a service may contain the same pod. Owned by the projector's thread.
/// </summary>
internal sealed class EndpointTargets
{
    private readonly Dictionary<ObjectKey, Dictionary<ServiceKey, int>> _uses = [];

    public void Add(ServiceKey service, ImmutableArray<EndpointSlice> slices) => Count(service, slices, 1);

    public void Remove(ServiceKey service, ImmutableArray<EndpointSlice> slices) => Count(service, slices, -1);

    public void Clear() => _uses.Clear();

    /// <summary>Touches the pod in every service whose slices refer to it.</summary>
    public void Touch(ObjectKey pod, bool hasNewRecords, TouchedServices touched)
    {
        if (!_uses.TryGetValue(pod, out var uses))
            return;
        foreach (var service in uses.Keys)
            touched.AddPod(service, pod.Name, hasNewRecords);
    }

    private void Count(ServiceKey service, ImmutableArray<EndpointSlice> slices, int by)
    {
        foreach (var slice in slices)
        {
            foreach (var endpoint in slice.Endpoints)
            {
                if (endpoint.Target is { Kind: "Pod" } target)
                    Count(service, new ObjectKey(slice.Metadata.Namespace, target.Name), by);
            }
        }
    }

    private void Count(ServiceKey service, ObjectKey pod, int by)
    {
        if (!_uses.TryGetValue(pod, out var uses))
            _uses[pod] = uses = new Dictionary<ServiceKey, int>(1);
        var count = uses.GetValueOrDefault(service) + by;
        if (count > 0)
            uses[service] = count;
        else
            uses.Remove(service);
        if (uses.Count == 0)
            _uses.Remove(pod);
    }
}
