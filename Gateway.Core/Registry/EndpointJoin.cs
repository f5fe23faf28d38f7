using System.Net;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Registry;

/// <summary>
/// The endpoints in the slices of one Service, by pod, or by address where no pod could be verified. Slices are not trusted: a targetRef is
/// valid only within the slice's namespace, with the uid of the existing pod, and with an address of that pod.
/// </summary>
internal sealed class EndpointJoin
{
    private readonly Dictionary<string, EndpointGroup> _byPod = new(StringComparer.Ordinal);
    private readonly Dictionary<string, EndpointGroup> _byAddress = new(StringComparer.Ordinal);

    public EndpointJoin(IEnumerable<EndpointSlice> slices, Func<ObjectKey, PodEntry?> findPod)
    {
        foreach (var slice in slices)
        {
            if (slice.AddressType == "FQDN")
                continue;
            var ports = new SlicePorts(slice);
            foreach (var endpoint in slice.Endpoints)
            {
                if (!endpoint.Addresses.IsDefaultOrEmpty)
                    Add(slice.Metadata.Namespace, endpoint, ports, findPod);
            }
        }
    }

    public IReadOnlyCollection<EndpointGroup> ByPod => _byPod.Values;

    public IReadOnlyCollection<EndpointGroup> ByAddress => _byAddress.Values;

    public EndpointGroup? FindPod(string name) => _byPod.GetValueOrDefault(name);

    private static PodEntry? FindVerifiedPod(string ns, Endpoint endpoint, Func<ObjectKey, PodEntry?> findPod)
    {
        if (endpoint.Target is not { Kind: "Pod" } target || (target.Namespace.Length > 0 && target.Namespace != ns))
            return null;
        return findPod(new ObjectKey(ns, target.Name)) is { } entry
            && entry.Pod.Metadata.Uid == target.Uid && HasAddress(entry.Pod, endpoint)
            ? entry
            : null;
    }

    private static bool HasAddress(Pod pod, Endpoint endpoint)
    {
        foreach (var address in endpoint.Addresses)
        {
            foreach (var own in pod.PodIPs)
            {
                if (own == address || IsSameAddress(own, address))
                    return true;
            }
        }

        return false;
    }

    // The same IPv6 address can be written in many ways.
    private static bool IsSameAddress(string one, string other) =>
        one.Contains(':') && other.Contains(':') && IPAddress.TryParse(one, out var a) && IPAddress.TryParse(other, out var b) && a.Equals(b);

    private void Add(string ns, Endpoint endpoint, SlicePorts ports, Func<ObjectKey, PodEntry?> findPod)
    {
        var pod = FindVerifiedPod(ns, endpoint, findPod);
        var (groups, key) = pod is null ? (_byAddress, endpoint.Addresses[0]) : (_byPod, pod.Pod.Metadata.Name);
        if (!groups.TryGetValue(key, out var group))
            groups[key] = group = new EndpointGroup(pod);
        group.Add(endpoint, ports);
    }
}
