using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Gateway.Emulator.Controllers;

/// <summary>
/// The endpoints of a Service with a selector, as kube-controller-manager's endpoint slice controller computes them (k8s.io/endpointslice,
/// podToEndpoint). Pure.
/// </summary>
internal static class SliceProjection
{
    /// <param name="service">A Service with a selector.</param>
    /// <param name="pods">The pods that it selects, in the order for new endpoints.</param>
    /// <param name="zones">Zone by node name; null for a node without one. A node that is missing here does not exist.</param>
    public static List<EndpointGroup> Project(ServiceFacts service, IEnumerable<PodFacts> pods, IReadOnlyDictionary<string, string?> zones)
    {
        var groups = new Dictionary<string, EndpointGroup>(StringComparer.Ordinal);
        foreach (var pod in pods)
        {
            if (!pod.MayHaveEndpoints)
            {
                continue;
            }

            string? zone = null;
            var nodeExists = pod.NodeName is not null && zones.TryGetValue(pod.NodeName, out zone);
            if (!nodeExists && !service.PublishesNotReady)
            {
                continue;
            }

            List<EndpointPort> ports = [.. service.Ports.Select(port => port.In(pod)).OfType<EndpointPort>()];
            foreach (var family in service.Families)
            {
                if (pod.Address(family) is not { } address)
                {
                    continue;
                }

                var group = new EndpointGroup(AddressTypeOf(family), ports, []);
                if (!groups.TryGetValue(group.Key, out var existing))
                {
                    groups.Add(group.Key, existing = group);
                }

                existing.Endpoints.Add(ToEndpoint(service, pod, address.ToString(), zone));
            }
        }

        return [.. groups.Values];
    }

    public static string AddressTypeOf(AddressFamily family) => family == AddressFamily.InterNetworkV6 ? "IPv6" : "IPv4";

    private static JsonObject ToEndpoint(ServiceFacts service, PodFacts pod, string address, string? zone)
    {
        var endpoint = new JsonObject
        {
            ["addresses"] = new JsonArray(address),
            ["conditions"] = new JsonObject
            {
                ["ready"] = service.PublishesNotReady || (pod.IsReady && !pod.IsTerminating),
                ["serving"] = pod.IsReady,
                ["terminating"] = pod.IsTerminating,
            },
        };
        if (service.HostnameOf(pod) is { } hostname)
        {
            endpoint["hostname"] = hostname;
        }

        endpoint["targetRef"] = PodReference.To(pod);
        if (pod.NodeName is not null)
        {
            endpoint["nodeName"] = pod.NodeName;
        }

        if (!string.IsNullOrEmpty(zone))
        {
            endpoint["zone"] = zone;
        }

        return endpoint;
    }
}
