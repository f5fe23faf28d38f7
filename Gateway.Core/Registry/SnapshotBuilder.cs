using System.Collections.Immutable;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Registry;

/// <summary>
/// Gathers what changes between two snapshots and seals the next one. Used by the projector's loop alone; what it hands over is immutable.
/// </summary>
internal sealed class SnapshotBuilder(RevisionLayout layout, uint replica)
{
    // A service that vanished is remembered so that a long poll for it ends; past this many, the floor rises instead.
    private const int MaxVanished = 10_000;

    private readonly ImmutableDictionary<ServiceKey, ServiceSnapshot>.Builder _services = ImmutableDictionary.CreateBuilder<ServiceKey, ServiceSnapshot>();
    private readonly ImmutableDictionary<ObjectKey, PodEntry>.Builder _pods = ImmutableDictionary.CreateBuilder<ObjectKey, PodEntry>();
    private readonly ImmutableDictionary<string, Instance>.Builder _instances = RegistrySnapshot.EmptyInstances.ToBuilder();
    private ImmutableDictionary<ServiceKey, ServiceSnapshot> _vanished = ImmutableDictionary<ServiceKey, ServiceSnapshot>.Empty;
    private SortedServices _sorted = SortedServices.None;
    private Revision? _floor;
    private bool _setOfServicesChanged;

    public Revision Revision { get; private set; } = Revision.Empty(layout);

    public ulong Sequence { get; private set; }

    /// <summary>Begins the next snapshot: whatever changes from here on bears its number.</summary>
    public void Begin(IEnumerable<RevisionPart> parts)
    {
        Sequence++;
        var revision = Revision;
        foreach (var part in parts)
            revision = revision.Raise(part);
        Revision = revision.At(replica, Sequence);
        _floor ??= Revision;
    }

    public void Put(ObjectKey key, PodEntry? entry)
    {
        if (entry is null)
            _pods.Remove(key);
        else
            _pods[key] = entry;
    }

    public Instance? FindInstance(string id) => _instances.GetValueOrDefault(id);

    /// <summary>Takes a projection in; whether it shows anything else than before.</summary>
    public bool Put(ServiceKey key, ProjectedService projected, Fallback? fallback)
    {
        var former = _services.GetValueOrDefault(key);
        var before = former?.Instances ?? [];
        var instances = InstanceMerge.Merge(before, projected.Instances);
        var isSame = former is not null && instances == before && InstanceMerge.IsSame(former.Fallback, fallback);
        if (isSame && former!.IsBeyondVersions == projected.IsBeyondVersions)
            return false;

        var next = isSame
            ? new ServiceSnapshot(key, former!.Revision, former.Sequence, instances, former.Fallback) { IsBeyondVersions = projected.IsBeyondVersions }
            : new ServiceSnapshot(key, Revision.For(layout, key.Namespace), Sequence, instances, fallback) { IsBeyondVersions = projected.IsBeyondVersions };
        if (next.IsEmpty && former is null)
            return false;
        Index(before, instances);
        Place(next, former);
        return !isSame;
    }

    public RegistrySnapshot Seal(bool isStale)
    {
        var services = _services.ToImmutable();
        if (_setOfServicesChanged)
            _sorted = new SortedServices(services);
        _setOfServicesChanged = false;
        return new RegistrySnapshot(layout)
        {
            Revision = Revision,
            Sequence = Sequence,
            HasSynced = true,
            IsStale = isStale,
            Services = services,
            Pods = _pods.ToImmutable(),
            Instances = _instances.ToImmutable(),
            Vanished = _vanished,
            Floor = _floor!,
            Sorted = _sorted,
        };
    }

    private void Place(ServiceSnapshot next, ServiceSnapshot? former)
    {
        if (!next.IsEmpty)
        {
            _services[next.Key] = next;
            _vanished = _vanished.Remove(next.Key);
            _setOfServicesChanged |= former is null;
            return;
        }

        _services.Remove(next.Key);
        _setOfServicesChanged = true;
        if (_vanished.Count >= MaxVanished)
        {
            _vanished = _vanished.Clear();
            _floor = Revision;
        }

        _vanished = _vanished.SetItem(next.Key, next);
    }

    private void Index(ImmutableArray<Instance> before, ImmutableArray<Instance> after)
    {
        if (before == after)
            return;
        var kept = after.Select(static instance => instance.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var instance in before)
        {
            if (!kept.Contains(instance.Id))
                _instances.Remove(instance.Id);
        }

        foreach (var instance in after)
            _instances[instance.Id] = instance;
    }
}
