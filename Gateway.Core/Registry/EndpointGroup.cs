using System.Collections.Immutable;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Registry;

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
