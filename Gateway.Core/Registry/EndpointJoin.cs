using System.Net;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Registry;

/// <summary>
/// What the slices of one Service say, by pod and, where no pod may be believed, by address. Slices are input, not truth: a targetRef counts
/// only within the slice's namespace, with the uid of the pod that is there, and an address of that pod.
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

    private static PodEntry? Believe(string @namespace, Endpoint endpoint, Func<ObjectKey, PodEntry?> findPod)
    {
        if (endpoint.Target is not { Kind: "Pod" } target || (target.Namespace.Length > 0 && target.Namespace != @namespace))
            return null;
        return findPod(new ObjectKey(@namespace, target.Name)) is { } entry
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

    // Of one IPv6 address there are many spellings.
    private static bool IsSameAddress(string one, string other) =>
        one.Contains(':') && other.Contains(':') && IPAddress.TryParse(one, out var a) && IPAddress.TryParse(other, out var b) && a.Equals(b);

    private void Add(string @namespace, Endpoint endpoint, SlicePorts ports, Func<ObjectKey, PodEntry?> findPod)
    {
        var pod = Believe(@namespace, endpoint, findPod);
        var (groups, key) = pod is null ? (_byAddress, endpoint.Addresses[0]) : (_byPod, pod.Pod.Metadata.Name);
        if (!groups.TryGetValue(key, out var group))
            groups[key] = group = new EndpointGroup(pod);
        group.Add(endpoint, ports);
    }
}
