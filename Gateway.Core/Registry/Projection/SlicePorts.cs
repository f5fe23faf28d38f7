using System.Collections.Immutable;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Instances;

namespace Gateway.Core.Registry.Projection;

/// <summary>
/// The ports of one slice, sorted by name, as an instance of source endpoints shows them. A port without a number ("all ports") cannot be
/// called and is left out.
/// </summary>
internal sealed class SlicePorts(EndpointSlice slice)
{
    public ImmutableArray<NamedPort> Ports { get; } = Sort(slice.Ports.Where(static port => port.Port is not null).Select(Read));

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

    /// <summary>The ports of all those slices, each once; the array of the first where all are the same.</summary>
    public static ImmutableArray<NamedPort> Union(IReadOnlyList<SlicePorts> slices)
    {
        var first = slices[0].Ports;
        for (var i = 1; i < slices.Count; i++)
        {
            if (!slices[i].Ports.AsSpan().SequenceEqual(first.AsSpan()))
                return Sort(slices.SelectMany(static slice => slice.Ports));
        }

        return first;
    }

    private static NamedPort Read(EndpointPort port) =>
        new(port.Name, port.Port!.Value, string.IsNullOrEmpty(port.AppProtocol) ? port.Protocol.ToLowerInvariant() : port.AppProtocol);

    private static ImmutableArray<NamedPort> Sort(IEnumerable<NamedPort> ports) =>
        [.. ports.Distinct().OrderBy(static port => port.Name, StringComparer.Ordinal).ThenBy(static port => port.Port)
            .ThenBy(static port => port.Protocol, StringComparer.Ordinal)];
}
