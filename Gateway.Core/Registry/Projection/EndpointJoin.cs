using System.Collections.Immutable;
using System.Net;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Registry.Projection;

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

/// <summary>
/// All endpoints of one Service for the same pod (both address families, duplicates in other slices), or for the same address if they have
/// no pod. Of several, any ready one wins.
/// </summary>
internal sealed class EndpointGroup(PodEntry? pod)
{
    private readonly List<SlicePorts> _slices = new(1);
    private Conditions _ready;
    private Conditions _others;

    /// <summary>Null: the endpoint has no targetRef, or none that could be verified.</summary>
    public PodEntry? Pod { get; } = pod;

    /// <summary>The addresses of the first endpoint.</summary>
    public ImmutableArray<string> Addresses { get; private set; } = [];

    public string? Node { get; private set; }

    public string? Zone { get; private set; }

    public bool IsReady => _ready.Any;

    /// <summary>The condition serving; where it is not set: ready.</summary>
    public bool IsServing => _ready.Any ? _ready.Serving : _others.Serving;

    public bool IsTerminating => _ready.Any ? !_ready.Staying : !_others.Staying;

    /// <summary>The ports of each slice that contains it.</summary>
    public IReadOnlyList<SlicePorts> Slices => _slices;

    public void Add(Endpoint endpoint, SlicePorts slice)
    {
        if (Addresses.IsEmpty)
            Addresses = endpoint.Addresses;
        Node ??= endpoint.NodeName;
        Zone ??= endpoint.Zone;
        if (_slices.Count == 0 || _slices[^1] != slice)
            _slices.Add(slice);
        var ready = endpoint.Ready ?? true;
        if (ready)
            _ready = _ready.With(endpoint.Serving ?? true, endpoint.Terminating ?? false);
        else
            _others = _others.With(endpoint.Serving ?? false, endpoint.Terminating ?? false);
    }

    private readonly record struct Conditions(bool Any, bool Serving, bool Staying)
    {
        public Conditions With(bool serving, bool terminating) => new(true, Serving || serving, Staying || !terminating);
    }
}
