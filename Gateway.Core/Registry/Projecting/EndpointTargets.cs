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
    private readonly Dictionary<ObjectKey, Uses> _uses = [];

    public void Add(ServiceKey service, ImmutableArray<EndpointSlice> slices) => Count(new Uses(service, 1, null), slices, 1);

    public void Remove(ServiceKey service, ImmutableArray<EndpointSlice> slices) => Count(new Uses(service, 1, null), slices, -1);

    public void Clear() => _uses.Clear();

    /// <summary>Touches the pod in every service whose slices refer to it.</summary>
    public void Touch(ObjectKey pod, bool hasNewRecords, TouchedServices touched)
    {
        for (var uses = _uses.GetValueOrDefault(pod); uses is not null; uses = uses.Next)
            touched.AddPod(uses.Service, pod, hasNewRecords);
    }

    /// <param name="once">One use by the service, shared by all of its pods that have no other.</param>
    /// <param name="slices">Slices of the service.</param>
    /// <param name="by">1 or -1.</param>
    private void Count(Uses once, ImmutableArray<EndpointSlice> slices, int by)
    {
        foreach (var slice in slices)
        {
            foreach (var endpoint in slice.Endpoints)
            {
                if (endpoint.Target is { Kind: "Pod" } target)
                    Count(once, target.KeyIn(slice.Metadata.Namespace), by);
            }
        }
    }

    private void Count(Uses once, ObjectKey pod, int by)
    {
        if (Uses.Counted(_uses.GetValueOrDefault(pod), once, by) is not { } uses)
        {
            _uses.Remove(pod);
            return;
        }

        // A table that doubles would be half empty for most numbers of pods.
        if (_uses.Count == _uses.Capacity)
            _uses.EnsureCapacity(_uses.Count + (_uses.Count / 8) + 8);
        _uses[pod] = uses;
    }

    /// <summary>How many slices of a service refer to a pod, and those of further services.</summary>
    private sealed record Uses(ServiceKey Service, int Count, Uses? Next)
    {
        // While a slice is replaced, all of its pods are used twice.
        private Uses? _twice;

        /// <summary>The uses with those by one service raised or lowered; null: none is left.</summary>
        public static Uses? Counted(Uses? uses, Uses once, int by)
        {
            if (uses is null)
                return by > 0 ? once : null;
            if (uses.Service != once.Service)
                return uses with { Next = Counted(uses.Next, once, by) };
            return (uses.Count + by) switch
            {
                <= 0 => uses.Next,
                1 when uses.Next is null => once,
                2 when uses.Next is null => once._twice ??= once with { Count = 2 },
                var count => uses with { Count = count },
            };
        }
    }
}
