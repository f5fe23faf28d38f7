using System.Collections.Immutable;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Instances;

namespace Gateway.Core.Registry.Projection;

/// <summary>
/// The ports of one slice, sorted by name, as an instance of source endpoints shows them. Where the Service has ports, a port counts if the
/// Service has one of that name and protocol, as for kube-proxy. A port without a number ("all ports") cannot be called and is left out.
/// </summary>
internal sealed class SlicePorts(OfferedPorts offered, EndpointSlice slice)
{
    public ImmutableArray<NamedPort> Ports { get; } =
        Sort(slice.Ports.Where(port => port.Port is not (null or 0) && offered.Has(port)).Select(Read));

    /// <summary>The Service has no ports, or the slice has one of them.</summary>
    public bool IsOffered => offered.AreNone || !Ports.IsEmpty;

    private ulong Version => slice.Metadata.Version;

    /// <summary>The port named <c>http</c>, else the first by name; null where there is none.</summary>
    public static NamedPort? Main(ImmutableArray<NamedPort> ports)
    {
        foreach (var port in ports)
        {
            if (port.Name == "http")
                return port;
        }

        return ports.IsEmpty ? null : ports[0];
    }

    /// <summary>Identifies an endpoint of a service among those of the same pod.</summary>
    public static RegistrationKey KeyOf(ServiceKey service, ImmutableArray<NamedPort> ports)
    {
        var main = Main(ports);
        return new RegistrationKey(service.Namespace, service.Name, "", "", main?.Protocol ?? "tcp", main?.Port ?? 0);
    }

    /// <summary>
    /// The ports of all those slices, each name once; the array of the first where all are the same. Where two slices have different ports of one
    /// name (the Service's targetPort was changed, and the controller is moving its endpoints), the slice that was written last is right.
    /// </summary>
    public static ImmutableArray<NamedPort> Union(IReadOnlyList<SlicePorts> slices)
    {
        var first = slices[0].Ports;
        for (var i = 1; i < slices.Count; i++)
        {
            if (!slices[i].Ports.AsSpan().SequenceEqual(first.AsSpan()))
                return Sort(NewestFirst(slices).SelectMany(static slice => slice.Ports).DistinctBy(static port => port.Name));
        }

        return first;
    }

    /// <summary>Without those slices all of whose ports are of names that newer ones have with other numbers.</summary>
    public static IReadOnlyList<SlicePorts> Current(IReadOnlyList<SlicePorts> slices)
    {
        if (slices.Count == 1)
            return slices;
        var ports = Union(slices).ToHashSet();
        return [.. slices.Where(slice => slice.Ports.IsEmpty || slice.Ports.Any(ports.Contains))];
    }

    private static IEnumerable<SlicePorts> NewestFirst(IReadOnlyList<SlicePorts> slices) =>
        slices.OrderByDescending(static slice => slice.Version).ThenBy(static slice => slice.Ports is [var port, ..] ? port.Port : 0);

    private static NamedPort Read(EndpointPort port) =>
        new(port.Name, port.Port!.Value, string.IsNullOrEmpty(port.AppProtocol) ? port.Protocol.ToLowerInvariant() : port.AppProtocol);

    private static ImmutableArray<NamedPort> Sort(IEnumerable<NamedPort> ports) =>
        [.. ports.Distinct().OrderBy(static port => port.Name, StringComparer.Ordinal).ThenBy(static port => port.Port)
            .ThenBy(static port => port.Protocol, StringComparer.Ordinal)];
}

/// <summary>Which ports of slices a Service has, by name and protocol; all of them where it has no ports itself.</summary>
internal sealed class OfferedPorts(Service service)
{
    private readonly HashSet<(string Name, string Protocol)> _ports = [.. service.Ports.Select(static port => (port.Name, port.Protocol))];

    public bool AreNone => _ports.Count == 0;

    public bool Has(EndpointPort port) => AreNone || _ports.Contains((port.Name, port.Protocol));
}
