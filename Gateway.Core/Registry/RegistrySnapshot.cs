using System.Collections.Immutable;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Revisions;

namespace Gateway.Core.Registry;

/// <summary>
/// The whole registry at one moment. Made by the projector; a reader takes it once per request and never sees half a change.
/// </summary>
public sealed class RegistrySnapshot
{
    private readonly RevisionLayout _layout;

    /// <summary>The snapshot before the first sync: empty, and not synced.</summary>
    public RegistrySnapshot(RevisionLayout layout)
    {
        _layout = layout;
        Revision = Revision.Empty(layout);
        Floor = Revision;
    }

    public Revision Revision { get; init; }

    /// <summary>Counts the snapshots of this process.</summary>
    public ulong Sequence { get; init; }

    /// <summary>False before the first sync: unknown is not empty, so nothing is answered from it.</summary>
    public bool HasSynced { get; init; }

    /// <summary>The API server is lost, or a change waits too long to be published: the content may be old.</summary>
    public bool IsStale { get; init; }

    /// <summary>All services with an instance or a Kubernetes Service.</summary>
    public ImmutableDictionary<ServiceKey, ServiceSnapshot> Services { get; init; } = ImmutableDictionary<ServiceKey, ServiceSnapshot>.Empty;

    /// <summary>Every watched pod, as folded.</summary>
    public PodTable Pods { get; init; } = PodTable.Empty;

    /// <summary>Every instance by its id.</summary>
    public InstanceTable Instances { get; init; } = InstanceTable.Empty;

    /// <summary>Services whose instances cannot be computed now, by a bug, each with the type of the exception: their last good state is served.</summary>
    public ImmutableDictionary<ServiceKey, string> Unprojected { get; init; } = ImmutableDictionary<ServiceKey, string>.Empty;

    /// <summary>Recently removed services, so that a wait for their change ends.</summary>
    internal ImmutableDictionary<ServiceKey, ServiceSnapshot> Tombstones { get; init; } = ImmutableDictionary<ServiceKey, ServiceSnapshot>.Empty;

    /// <summary>
    /// A service that is not in here has not changed since: the first sync, or the newest removal whose tombstone was dropped.
    /// </summary>
    internal Revision Floor { get; init; }

    /// <summary>The keys of <see cref="Services"/> in order; shared by snapshots with the same services.</summary>
    internal SortedServices Sorted { get; init; } = SortedServices.None;

    /// <summary>The next snapshot, of the same content: the cluster is not followed any more.</summary>
    internal RegistrySnapshot AsStale(uint replica) => Copy(Revision.At(replica, Sequence + 1), Sequence + 1, isStale: true);

    /// <summary>The same snapshot, marked: a change waits that it should contain.</summary>
    internal RegistrySnapshot Marked(bool isStale) => Copy(Revision, Sequence, isStale);

    private RegistrySnapshot Copy(Revision revision, ulong sequence, bool isStale) => new(_layout)
    {
        Revision = revision,
        Sequence = sequence,
        HasSynced = HasSynced,
        IsStale = isStale,
        Services = Services,
        Pods = Pods,
        Instances = Instances,
        Unprojected = Unprojected,
        Tombstones = Tombstones,
        Floor = Floor,
        Sorted = Sorted,
    };

    /// <summary>The service; one without instances where there is none of that name.</summary>
    public ServiceSnapshot Find(ServiceKey key) =>
        Services.TryGetValue(key, out var service) || Tombstones.TryGetValue(key, out service)
            ? service
            : new ServiceSnapshot(key, Floor.For(_layout, key.Namespace), Floor.Sequence, []);

    /// <summary>The pod and all records in its annotations; null where the pod is unknown.</summary>
    public PodEntry? RegistrationsOf(string ns, string pod) => Pods.Find(new ObjectKey(ns, pod));

    /// <summary>The instance with this id and the pod behind it, if it has one.</summary>
    public (Instance Instance, PodEntry? Pod)? FindInstance(string id)
    {
        if (Instances.Find(id) is not { } instance)
            return null;
        var pod = instance.Pod is { } reference ? Pods.GetValueOrDefault(reference.KeyIn(instance.Key.Namespace)) : null;
        return (instance, pod is not null && instance.Pod!.Is(pod.Pod.Metadata) ? pod : null);
    }

    /// <summary>Whether that pod was folded at this version or a later one, or is known to have been deleted or replaced since.</summary>
    public bool HasFolded(string ns, string name, string uid, ulong version)
    {
        if (RegistrationsOf(ns, name) is { Pod.Metadata: var found } && found.Uid == uid && found.Version >= version)
            return true;
        var index = _layout.IndexOf(WatchedKind.Pods, ns);
        return index >= 0 && Revision.Part(index).Version >= version;
    }

    /// <summary>
    /// Whether every kind that determines the services of a namespace was folded at that version of the cluster. Nodes count where they are seen at all:
    /// a gateway may do without them.
    /// </summary>
    public bool HasFoldedEverywhere(string ns, ulong version)
    {
        if (Revision.Part(0) is { Version: > 0 } nodes && nodes.Version < version)
            return false;
        foreach (var kind in (ReadOnlySpan<WatchedKind>)[WatchedKind.Pods, WatchedKind.Services, WatchedKind.Slices])
        {
            if (_layout.IndexOf(kind, ns) is var index && (index < 0 || Revision.Part(index).Version < version))
                return false;
        }

        return true;
    }

    /// <summary>The newest history of any kind that affects the services of one namespace, and its newest version.</summary>
    public (uint History, ulong Version) NewestIn(string ns)
    {
        var (history, newest) = (0u, 0UL);
        foreach (var part in Revision.Parts)
        {
            if (_layout.Concerns(part.Index, ns) && (part.History > history || (part.History == history && part.Version > newest)))
                (history, newest) = (part.History, part.Version);
        }

        return (history, newest);
    }

    /// <summary>The parts of the revision that affect the services of one namespace.</summary>
    public Revision RevisionFor(string ns) => Revision.For(_layout, ns);

    /// <summary>The revision of a write after which a pod has this version: its pod part only.</summary>
    public Revision RevisionOfPod(string ns, ulong version)
    {
        var index = _layout.IndexOf(WatchedKind.Pods, ns);
        return index < 0
            ? Revision.Empty(_layout)
            : Revision.Empty(_layout).Raise(new RevisionPart(index, Revision.Part(index).History, version));
    }
}

/// <summary>The listed services of one dictionary in order, and their namespaces; each made by the first reader that lists them.</summary>
internal sealed class SortedServices(ImmutableDictionary<ServiceKey, ServiceSnapshot> services)
{
    public static readonly SortedServices None = new(ImmutableDictionary<ServiceKey, ServiceSnapshot>.Empty);

    private ServiceKey[]? _keys;
    private ImmutableArray<string> _namespaces;

    public ServiceKey[] Keys => _keys ??= [.. services.Where(static entry => entry.Value.IsListed).Select(static entry => entry.Key).Order()];

    public ImmutableArray<string> Namespaces
    {
        get
        {
            if (_namespaces.IsDefault)
                ImmutableInterlocked.InterlockedInitialize(ref _namespaces, [.. Keys.Select(static key => key.Namespace).Distinct(StringComparer.Ordinal)]);
            return _namespaces;
        }
    }
}
