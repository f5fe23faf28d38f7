using System.Collections.Immutable;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Registry;

/// <summary>
/// Everything the registry knows at one moment. The projector makes it; a reader takes it once per request and never sees half a change.
/// </summary>
public sealed class RegistrySnapshot
{
    private readonly RevisionLayout _layout;

    /// <summary>Nothing seen, not synced: what stands before the first sync.</summary>
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

    /// <summary>The API server is lost: what stands here may be old.</summary>
    public bool IsStale { get; init; }

    /// <summary>All that have an instance or a Kubernetes Service.</summary>
    public ImmutableDictionary<ServiceKey, ServiceSnapshot> Services { get; init; } = ImmutableDictionary<ServiceKey, ServiceSnapshot>.Empty;

    /// <summary>Every pod that is watched, as folded.</summary>
    public ImmutableDictionary<ObjectKey, PodEntry> Pods { get; init; } = ImmutableDictionary<ObjectKey, PodEntry>.Empty;

    /// <summary>Every instance by its id.</summary>
    public ImmutableDictionary<string, Instance> Instances { get; init; } = EmptyInstances;

    internal static readonly ImmutableDictionary<string, Instance> EmptyInstances = ImmutableDictionary.Create<string, Instance>(StringComparer.Ordinal);

    /// <summary>Services that are gone, as long as they are remembered, so that a wait for their change ends.</summary>
    internal ImmutableDictionary<ServiceKey, ServiceSnapshot> Vanished { get; init; } = ImmutableDictionary<ServiceKey, ServiceSnapshot>.Empty;

    /// <summary>A service found nowhere here has not changed after this: the first sync, or the youngest vanishing that was forgotten.</summary>
    internal Revision Floor { get; init; }

    /// <summary>The keys of <see cref="Services"/> in order; shared by snapshots with the same services.</summary>
    internal SortedServices Sorted { get; init; } = SortedServices.None;

    /// <summary>The service; one without instances where there is none of that name.</summary>
    public ServiceSnapshot Find(ServiceKey key) =>
        Services.TryGetValue(key, out var service) || Vanished.TryGetValue(key, out service)
            ? service
            : new ServiceSnapshot(key, Floor.For(_layout, key.Namespace), Floor.Sequence, []);

    /// <summary>The pod and all that its annotations say; null where no such pod is known.</summary>
    public PodEntry? RegistrationsOf(string @namespace, string pod) => Pods.GetValueOrDefault(new ObjectKey(@namespace, pod));

    /// <summary>The instance with this id and the pod behind it, if it has one.</summary>
    public (Instance Instance, PodEntry? Pod)? FindInstance(string id)
    {
        if (!Instances.TryGetValue(id, out var instance))
            return null;
        var pod = instance.Pod is { } reference ? RegistrationsOf(instance.Key.Namespace, reference.Name) : null;
        return (instance, pod?.Pod.Metadata.Uid == instance.Pod?.Uid ? pod : null);
    }

    /// <summary>Whether that pod was folded at this version or a later one, or is known to be gone or replaced since.</summary>
    public bool HasFolded(string @namespace, string name, string uid, ulong version)
    {
        if (RegistrationsOf(@namespace, name) is { Pod.Metadata: var found } && found.Uid == uid && found.Version >= version)
            return true;
        var index = _layout.IndexOf(WatchedKind.Pods, @namespace);
        return index >= 0 && Revision.Part(index).Version >= version;
    }

    /// <summary>The revision of a write that left a pod at this version: its pod part, nothing else.</summary>
    public Revision RevisionOfPod(string @namespace, ulong version)
    {
        var index = _layout.IndexOf(WatchedKind.Pods, @namespace);
        return index < 0
            ? Revision.Empty(_layout)
            : Revision.Empty(_layout).Raise(new RevisionPart(index, Revision.Part(index).History, version));
    }
}
