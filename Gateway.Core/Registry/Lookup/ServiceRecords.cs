using System.Net;
using System.Net.Sockets;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Registry.Lookup;

/// <summary>
/// The records that the cluster's DNS has for a Service (Kubernetes DNS-Based Service Discovery 1.1.0; where it leaves names open, as
/// CoreDNS makes them: the name of an endpoint without a hostname is its address with dashes). Pure.
/// </summary>
public static class ServiceRecords
{
    /// <summary>Sorted by name, type and content, without duplicates.</summary>
    /// <param name="service">The Service.</param>
    /// <param name="slices">The slices of the Service; used for a headless Service only.</param>
    /// <param name="domain">The cluster's domain.</param>
    public static IReadOnlyList<DnsRecord> Of(Service service, IEnumerable<EndpointSlice> slices, string domain)
    {
        var name = $"{service.Metadata.Name}.{service.Metadata.Namespace}.svc.{domain.TrimEnd('.')}.";
        var records = service.Type == "ExternalName" ? External(service, name)
            : service.IsHeadless ? Headless(service, slices, name)
            : Virtual(service, name);
        return [.. records.Distinct().OrderBy(static one => one.Name, StringComparer.Ordinal).ThenBy(static one => one.Type, StringComparer.Ordinal)
            .ThenBy(static one => one.Address, StringComparer.Ordinal).ThenBy(static one => one.Target, StringComparer.Ordinal).ThenBy(static one => one.Port)];
    }

    private static IEnumerable<DnsRecord> External(Service service, string name)
    {
        // DNS has no record for an externalName that is an IP address.
        if (service.ExternalName is { } target && !IPAddress.TryParse(target, out _))
            yield return new DnsRecord(name, "CNAME", Target: target.TrimEnd('.') + ".");
    }

    private static IEnumerable<DnsRecord> Virtual(Service service, string name)
    {
        var addresses = service.ClusterIPs.IsEmpty && service.ClusterIP is { } only ? [only] : service.ClusterIPs;
        if (addresses.IsEmpty)
            yield break;
        foreach (var address in addresses)
            yield return Address(name, address);
        foreach (var port in service.Ports.Where(static port => port.Name.Length > 0))
            yield return new DnsRecord(ServiceName(port.Name, port.Protocol, name), "SRV", Target: name, Port: port.Port);
    }

    private static IEnumerable<DnsRecord> Headless(Service service, IEnumerable<EndpointSlice> slices, string name)
    {
        foreach (var slice in slices.Where(static slice => slice.AddressType != "FQDN"))
        {
            foreach (var endpoint in slice.Endpoints.Where(endpoint => service.PublishNotReadyAddresses || (endpoint.Ready ?? true)))
            {
                foreach (var address in endpoint.Addresses)
                {
                    var own = $"{endpoint.Hostname ?? Dashed(address)}.{name}";
                    yield return Address(name, address);
                    yield return Address(own, address);
                    foreach (var port in slice.Ports)
                    {
                        if (port is { Name.Length: > 0, Port: { } number })
                            yield return new DnsRecord(ServiceName(port.Name, port.Protocol, name), "SRV", Target: own, Port: number);
                    }
                }
            }
        }
    }

    private static DnsRecord Address(string name, string address) =>
        new(name, IPAddress.TryParse(address, out var ip) && ip.AddressFamily == AddressFamily.InterNetworkV6 ? "AAAA" : "A", Address: address);

    private static string ServiceName(string port, string protocol, string name) => $"_{port}._{protocol.ToLowerInvariant()}.{name}";

    private static string Dashed(string address) => address.Replace('.', '-').Replace(':', '-');
}

/// <summary>
/// One record of the cluster's DNS. <paramref name="Name"/> and <paramref name="Target"/> are full names with the final dot. A and AAAA
/// records have an address; CNAME a target; SRV a target, a port, priority and weight.
/// </summary>
public sealed record DnsRecord(string Name, string Type, string? Address = null, string? Target = null, int? Port = null)
{
    /// <summary>The priority of SRV records. The specification prescribes neither priority nor weight; all endpoints are equal.</summary>
    public const int Priority = 0;

    public const int Weight = 100;
}
