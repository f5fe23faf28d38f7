using System.Collections.Immutable;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Registry.Projection;

/// <summary>
/// All endpoints of one Service for the same pod (both address families, duplicates in other slices), or for the same address if they have
/// no pod. The best of them counts: one that has a port before one that has none, then a ready one, then one that stays, then one that serves.
/// </summary>
internal sealed class EndpointGroup(Service service, PodEntry? pod)
{
    private readonly List<SlicePorts> _slices = new(1);
    private Condition _best = (Condition)(-1);
    private bool _hasIPv4;
    private bool _hasIPv6;

    // A pod makes its addresses each time that they are read.
    private ImmutableArray<string> _own;

    [Flags]
    private enum Condition
    {
        Serving = 1,
        Staying = 2,
        Ready = 4,
        Offered = 8,
    }

    /// <summary>Null: the endpoint has no targetRef, or none that could be verified.</summary>
    public PodEntry? Pod { get; } = pod;

    /// <summary>The addresses of the first endpoint.</summary>
    public ImmutableArray<string> Addresses { get; private set; } = [];

    /// <summary>Those of the pod; without a pod, those of the first endpoint.</summary>
    public ImmutableArray<string> OwnAddresses => _own.IsDefault ? _own = Pod?.Pod.PodIPs ?? Addresses : _own;

    public string? Node { get; private set; }

    public string? Zone { get; private set; }

    public string? Hostname { get; private set; }

    /// <summary>One of the Service's ports, or the Service has none; otherwise nothing can be called there.</summary>
    public bool IsOffered => _best.HasFlag(Condition.Offered);

    public bool IsReady => _best.HasFlag(Condition.Ready) && IsPlausible;

    /// <summary>The condition serving; where it is not set: ready.</summary>
    public bool IsServing => _best.HasFlag(Condition.Serving) && IsPlausible;

    public bool IsTerminating => !_best.HasFlag(Condition.Staying);

    /// <summary>The ports of each slice in which the endpoint is in that condition, without slices whose ports newer ones have replaced.</summary>
    public IReadOnlyList<SlicePorts> Slices => SlicePorts.Current(_slices);

    /// <summary>Of the Service's first IP family that a slice has; where the Service says none, of the pod's first.</summary>
    public string? Address
    {
        get
        {
            if (Pod is null)
                return Addresses[0];
            var own = OwnAddresses;
            foreach (var family in service.IPFamilies.IsDefault ? [] : service.IPFamilies)
            {
                if (family == "IPv6" ? _hasIPv6 : _hasIPv4)
                    return own.FirstOrDefault(address => IsIPv6(address) == (family == "IPv6")) ?? own[0];
            }

            return own.FirstOrDefault(address => IsIPv6(address) ? _hasIPv6 : _hasIPv4) ?? own[0];
        }
    }

    // A slice that no controller maintains any more never changes: the kubelet's word counts, unless the Service wants it ignored.
    private bool IsPlausible => Pod is null || Pod.Pod.Ready || service.PublishNotReadyAddresses;

    public void Add(Endpoint endpoint, SlicePorts slice)
    {
        var addresses = endpoint.Addresses;
        if (Addresses.IsEmpty)
            Addresses = addresses;
        Node ??= endpoint.NodeName;
        Zone ??= endpoint.Zone;
        Hostname ??= endpoint.Hostname;
        var condition = ConditionOf(endpoint, slice);
        if (condition < _best)
            return;
        if (condition > _best)
        {
            _best = condition;
            _slices.Clear();
            (_hasIPv4, _hasIPv6) = (false, false);
        }

        var isIPv6 = IsIPv6(addresses[0]);
        (_hasIPv4, _hasIPv6) = (_hasIPv4 || !isIPv6, _hasIPv6 || isIPv6);
        if (_slices.Count == 0 || _slices[^1] != slice)
            _slices.Add(slice);
    }

    private static Condition ConditionOf(Endpoint endpoint, SlicePorts slice)
    {
        var isReady = endpoint.Ready ?? true;
        return (slice.IsOffered ? Condition.Offered : 0) | (isReady ? Condition.Ready : 0)
            | (endpoint.Terminating ?? false ? 0 : Condition.Staying) | (endpoint.Serving ?? isReady ? Condition.Serving : 0);
    }

    private static bool IsIPv6(string address) => address.Contains(':');
}
