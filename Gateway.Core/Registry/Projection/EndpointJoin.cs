using System.Collections.Immutable;
using System.Net;
using System.Runtime.InteropServices;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Registry.Projection;

/// <summary>
/// The endpoints in the slices of one Service, by pod, or by address where no pod could be verified. Empty where there is no Service, and for an
/// ExternalName. Slices are not trusted: a targetRef is valid only within the slice's namespace, with the uid of the existing pod, and with an
/// address of that pod.
/// </summary>
internal sealed class EndpointJoin
{
    private readonly Dictionary<ObjectKey, EndpointGroup> _byPod = [];
    private readonly Dictionary<string, EndpointGroup> _byAddress = new(StringComparer.Ordinal);
    private readonly ServiceInputs _inputs;
    private List<HeldBackEndpoint>? _heldBack;

    /// <param name="inputs">The service.</param>
    /// <param name="pods">Only endpoints that name one of these pods; null: all.</param>
    public EndpointJoin(ServiceInputs inputs, IReadOnlySet<ObjectKey>? pods = null)
    {
        _inputs = inputs;
        if (inputs.Service is not { Type: not "ExternalName" } service)
            return;
        var offered = new OfferedPorts(service);
        foreach (var slice in inputs.Slices)
        {
            if (!Has(service, slice.AddressType))
                continue;
            SlicePorts? ports = null;
            foreach (var endpoint in slice.Endpoints)
            {
                if (endpoint.HasAddresses && (pods is null || (endpoint.Target is { } target && pods.Contains(target.KeyIn(inputs.Key.Namespace)))))
                    Add(service, slice, endpoint, ports ??= new SlicePorts(offered, slice));
            }
        }
    }

    public IReadOnlyCollection<EndpointGroup> ByPod => _byPod.Values;

    public IReadOnlyCollection<EndpointGroup> ByAddress => _byAddress.Values;

    /// <summary>Endpoints that are not served because they name a pod that is not known, or has no address yet.</summary>
    public IReadOnlyList<HeldBackEndpoint> HeldBack => _heldBack ?? (IReadOnlyList<HeldBackEndpoint>)[];

    public EndpointGroup? FindPod(ObjectKey key) => _byPod.GetValueOrDefault(key);

    // As kube-proxy: FQDN slices, and those of a family that the Service does not have, are not used.
    public static bool Has(Service service, string addressType) =>
        addressType != "FQDN" && (service.IPFamilies.IsDefaultOrEmpty || service.IPFamilies.Contains(addressType));

    /// <summary>
    /// False: the endpoint is of a pod that does not exist any more, or not yet. That is known only where every pod of the namespace is watched.
    /// </summary>
    private bool TryFindPod(string ns, Endpoint endpoint, out PodEntry? verified)
    {
        verified = null;
        if (endpoint.Target is not { Kind: "Pod", PackedUid.IsEmpty: false } target || (target.Namespace.Length > 0 && target.Namespace != ns))
            return true;
        if (_inputs.FindPod(target.KeyIn(ns)) is not { } known || !known.Pod.Metadata.PackedUid.Equals(target.PackedUid))
            return !_inputs.WatchesEveryPod;

        // Of an unreadable pod no address is known, whether it has one or not.
        if (!known.Pod.HasAddresses && !known.Pod.Unreadable)
            return !_inputs.WatchesEveryPod;
        verified = HasAddress(known.Pod, endpoint) ? known : null;
        return true;
    }

    private static bool HasAddress(Pod pod, Endpoint endpoint)
    {
        foreach (var address in endpoint.Addresses)
        {
            if (pod.HasAddress(address) || pod.PodIPs.Any(own => IsSameAddress(own, address)))
                return true;
        }

        return false;
    }

    // The same IPv6 address can be written in many ways.
    private static bool IsSameAddress(string one, string other) =>
        one.Contains(':') && other.Contains(':') && IPAddress.TryParse(one, out var a) && IPAddress.TryParse(other, out var b) && a.Equals(b);

    private void Add(Service service, EndpointSlice slice, Endpoint endpoint, SlicePorts ports)
    {
        if (!TryFindPod(slice.Metadata.Namespace, endpoint, out var pod))
        {
            (_heldBack ??= []).Add(new(slice.Metadata.Name, endpoint));
            return;
        }

        GroupOf(service, endpoint, pod).Add(endpoint, ports);
    }

    private EndpointGroup GroupOf(Service service, Endpoint endpoint, PodEntry? pod)
    {
        ref var group = ref pod is null
            ? ref CollectionsMarshal.GetValueRefOrAddDefault(_byAddress, endpoint.Addresses[0], out _)
            : ref CollectionsMarshal.GetValueRefOrAddDefault(_byPod, pod.Pod.Metadata.Key, out _);
        return group ??= new EndpointGroup(service, pod);
    }
}

/// <summary>An endpoint that is not served, and the name of its slice (of the Endpoints object where those are watched).</summary>
internal readonly record struct HeldBackEndpoint(string Slice, Endpoint Endpoint);
