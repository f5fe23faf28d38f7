using System.Globalization;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Instances;

namespace Gateway.Core.Registry.Projection;

/// <summary>Reads from a Service what a client needs when it cannot reach the registry.</summary>
internal static class FallbackReading
{
    /// <summary>The Kubernetes Service of that name, else the one that is the interface's origin.</summary>
    public static Fallback? Of(ServiceInputs inputs)
    {
        if (inputs.Service is { } service)
            return Of(service, inputs.Slices);
        var origin = inputs.Origins.FirstOrDefault(static one => one.Service is not null && !one.Names.IsEmpty)
            ?? inputs.Origins.FirstOrDefault(static one => one is { Service: not null, Facts: not null });
        return origin is null ? null : Of(origin.Service!, origin.Slices);
    }

    // Without the cluster's domain, which varies: the search path of every pod completes the name.
    private static Fallback Of(Service service, IReadOnlyList<EndpointSlice> slices) => new(
        $"{service.Metadata.Name}.{service.Metadata.Namespace}.svc",
        service.IsHeadless || service.Type == "ExternalName" || string.IsNullOrEmpty(service.ClusterIP) ? null : service.ClusterIP,
        [.. service.Ports.Select(port => Read(port, service.IsHeadless ? PortOfPods(port, slices) : port.Port))])
    {
        InternalTrafficPolicy = service.InternalTrafficPolicy,
        TrafficDistribution = service.TrafficDistribution,
    };

    private static FallbackPort Read(ServicePort port, int number) => new(
        port.Name.Length == 0 ? null : port.Name, number, string.IsNullOrEmpty(port.AppProtocol) ? port.Protocol.ToLowerInvariant() : port.AppProtocol);

    /// <summary>
    /// The DNS name of a headless Service resolves to its pods, where the Service's port is not translated to the target port.
    /// </summary>
    private static int PortOfPods(ServicePort port, IReadOnlyList<EndpointSlice> slices)
    {
        foreach (var slice in slices)
        {
            foreach (var own in slice.Ports)
            {
                if (own.Name == port.Name && own.Protocol == port.Protocol && own.Port is { } number)
                    return number;
            }
        }

        return int.TryParse(port.TargetPort, NumberStyles.None, CultureInfo.InvariantCulture, out var target) ? target : port.Port;
    }
}
