using System.Collections.Immutable;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Registry;

/// <summary>The index's entry of one service. Owned by the projector's thread.</summary>
internal sealed class ServiceNode
{
    // Sorted by the name of the source object, so that the order is the same on every replica.
    private readonly SortedList<string, ImmutableArray<EndpointSlice>> _slices = new(StringComparer.Ordinal);

    public Service? Service { get; set; }

    /// <summary>The pods with a record that names the service.</summary>
    public HashSet<ObjectKey> Pods { get; } = [];

    public bool IsEmpty => Service is null && Pods.Count == 0 && _slices.Count == 0;

    public void Put(string name, ImmutableArray<EndpointSlice> slices) => _slices[name] = slices;

    public void Remove(string name) => _slices.Remove(name);

    public List<EndpointSlice> Slices() => [.. _slices.Values.SelectMany(static slices => slices)];
}
