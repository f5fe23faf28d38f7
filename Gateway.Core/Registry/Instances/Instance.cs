using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Revisions;

namespace Gateway.Core.Registry.Instances;

/// <summary>One provider of a service, as lookups show it (contract, section 2). Immutable; made by the projection alone. Texts of addresses are made where they are read.</summary>
public sealed record Instance
{
    private readonly SharedKey _key;
    private readonly AddressList _address;
    private readonly AddressList _addresses;

    public required string Id { get; init; }

    public required RegistrationKey Key
    {
        get => _key.Value;
        [MemberNotNull(nameof(_key))]
        init => _key = SharedKey.Of(value);
    }

    /// <summary>
    /// The pod's first IP, null while it has none; another address only where a record may name one (Registry:AllowForeignAddresses).
    /// </summary>
    public string? Address
    {
        get => _address.ToTexts() is [var address] ? address : null;
        init => _address = AddressList.Of(value);
    }

    /// <summary>The one of its addresses that its record names, where that is not the first; shown in Dubbo's URLs and instances alone.</summary>
    public string? Host { get; init; }

    public ImmutableArray<string> Addresses
    {
        get => _addresses.ToTexts();
        init => _addresses = AddressList.Of(value);
    }

    public ImmutableArray<NamedPort> Ports { get; init; } = [];
    public InstanceStatus Status { get; init; }

    /// <summary>Why it is not UP: NoPodIP, NotReady, ContainerRestarted, LeaseExpired, SetByPod, SetByOperator, one of <see cref="ClientReasons"/>; else null.</summary>
    public string? Reason { get; init; }

    public int Weight { get; init; } = 100;
    public PodReference? Pod { get; init; }
    public ImmutableSortedDictionary<string, string> Metadata { get; init; } = RegistrationRecord.NoMetadata;
    public InstanceSource Source { get; init; }
    public DateTimeOffset? RegisteredAt { get; init; }

    /// <summary>A hash of all other members that are shown.</summary>
    public string Revision { get; init; } = "";

    /// <summary>The zone, also of an endpoint without a pod; not shown, used by filters.</summary>
    public string? Zone { get; init; }

    /// <summary>The node, also of an endpoint without a pod; not shown, used by filters.</summary>
    public string? Node { get; init; }

    /// <summary>It is TERMINATING and its endpoint still serves, or, without one, its pod is Ready; not shown, used by filters.</summary>
    public bool StillServes { get; init; }

    /// <summary>Its DNS names, where the slice gives it a hostname (a StatefulSet's pod); null: none.</summary>
    public InstanceHostname? Hostname { get; init; }

    /// <summary>
    /// The instance registered an interface and names its application. Under the application's name it is shown in the application's own
    /// form only: native lookups contain what was registered under the name itself.
    /// </summary>
    public bool IsOfApplication { get; init; }

    /// <summary>Whether both have the same addresses; makes no text.</summary>
    internal bool HasAddressesOf(Instance other) => _address.Equals(other._address) && _addresses.Equals(other._addresses);

    /// <summary>Under which ids clients of other registries know it, one a protocol; shown by their facades alone.</summary>
    public ImmutableArray<ClientAlias> Clients { get; init; } = [];

    /// <summary>The id under which the clients of that protocol know it; null: it did not come by that protocol.</summary>
    public ClientAlias? ClientOf(string protocol) => ClientAliases.Find(Clients, protocol);

    public ServiceKey Service => new(Key.Namespace, Key.Service);
}

/// <summary>The hostname of an endpoint, alone and below the Service's name without the cluster's domain.</summary>
public sealed record InstanceHostname(string Short, string Full);

/// <summary>The pod behind an instance, stored small. <paramref name="Zone"/> is the label topology.kubernetes.io/zone of its node, else the slice's.</summary>
public sealed record PodReference(string Name, string Uid, string? Node, string? Zone)
{
    private readonly NameParts _name = new(Name, 0);
    private readonly ObjectUid _uid = ObjectUid.Of(Uid);

    internal PodReference(ObjectMeta pod, string? node, string? zone)
        : this("", "", node, zone) => (_name, _uid) = (pod.Parts, pod.PackedUid);

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

    /// <summary>Its key in the namespace of its instance; makes no text.</summary>
    internal ObjectKey KeyIn(string ns) => new(ns, _name);

    /// <summary>Whether it is that pod, and not another one of its name; makes no text.</summary>
    internal bool Is(ObjectMeta pod) => _uid.Equals(pod.PackedUid);
}
