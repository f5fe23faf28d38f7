using System.Collections.Immutable;

namespace Gateway.Core.Kubernetes.Models;

/// <summary>
/// An EndpointSlice (discovery.k8s.io/v1) with the fields that the gateway uses. An Endpoints object (core/v1) is decoded into the same
/// shape: one of these per subset, see <see cref="Endpoints"/>.
/// </summary>
public sealed record EndpointSlice : IKubernetesObject
{
    /// <summary>The label with the name of the slice's Service; a slice without it belongs to no Service.</summary>
    public const string ServiceNameLabel = "kubernetes.io/service-name";

    public required ObjectMeta Metadata { get; init; }

    /// <summary>IPv4, IPv6 or FQDN.</summary>
    public string AddressType { get; init; } = "IPv4";

    public ImmutableArray<Endpoint> Endpoints { get; init; } = [];
    public ImmutableArray<EndpointPort> Ports { get; init; } = [];

    public string? ServiceName => Metadata.Labels.TryGetValue(ServiceNameLabel, out var name) && name.Length > 0 ? name : null;
}

/// <summary>
/// One endpoint of a slice, with its conditions as written: null means unknown, which readers treat as ready, and serving like ready
/// (discovery.k8s.io/v1 EndpointConditions).
/// </summary>
public sealed record Endpoint(
    ImmutableArray<string> Addresses, bool? Ready, bool? Serving, bool? Terminating, TargetReference? Target, string? NodeName, string? Zone)
{
    private readonly AddressList _addresses = AddressList.Of(Addresses);

    /// <summary>Made each time that they are read.</summary>
    public ImmutableArray<string> Addresses
    {
        get => _addresses.ToTexts();
        init => _addresses = AddressList.Of(value);
    }

    internal bool HasAddresses => !_addresses.IsEmpty;

    /// <summary>The endpoint's own DNS name below the Service's name; null: none.</summary>
    public string? Hostname { get; init; }
}

/// <summary>A port of a slice; name "" when it has none, port null for "all ports".</summary>
public sealed record EndpointPort(string Name, int? Port, string Protocol, string? AppProtocol);

/// <summary>
/// The targetRef of an endpoint: the object that a slice claims to point at, not verified. Stored small, as <see cref="ObjectMeta"/> is.
/// </summary>
public sealed record TargetReference(string Kind, string Namespace, string Name, string Uid)
{
    private readonly NameParts _name = new(Name, 0);
    private readonly ObjectUid _uid = ObjectUid.Of(Uid);

    public string Name
    {
        get => _name.ToString();
        init => _name = new(value, 0);
    }

    public string Uid
    {
        get => _uid.ToString();
        init => _uid = ObjectUid.Of(value);
    }

    internal NameParts Parts
    {
        init => _name = value;
    }

    internal ObjectUid PackedUid
    {
        get => _uid;
        init => _uid = value;
    }

    /// <summary>Its key, if it is of the slice's namespace; makes no text.</summary>
    internal ObjectKey KeyIn(string ns) => new(ns, _name);
}

/// <summary>An Endpoints object (core/v1, deprecated since 1.33), decoded into one slice per subset and address family.</summary>
public sealed record Endpoints : IKubernetesObject
{
    public required ObjectMeta Metadata { get; init; }
    public ImmutableArray<EndpointSlice> Slices { get; init; } = [];
}
