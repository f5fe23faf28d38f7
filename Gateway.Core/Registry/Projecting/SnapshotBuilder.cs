using System.Collections.Immutable;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Projection;
using Gateway.Core.Registry.Revisions;

namespace Gateway.Core.Registry.Projecting;

/// <summary>
/// Builds the next snapshot from the former one and what was gathered; unchanged parts are shared. Keeps tombstones of removed services up to a
/// limit and for a time. Knows nothing of the index. Owned by the projector's thread.
/// </summary>
internal sealed class SnapshotBuilder(RevisionLayout layout, InstanceProjection projection, InstanceCounts counts, UnprojectedServices unprojected, TimeProvider time)
{
    // A wait for a service that was removed longer ago is answered at once.
    internal const int MaxTombstones = 10_000;

    // The longest wait.
    internal static readonly TimeSpan TombstonesFor = TimeSpan.FromMinutes(10);

    // What is dropped raises the floor, and then a wait for a service that never existed is answered at once, so much is dropped at a time.
    private const int DroppedTogether = MaxTombstones / 10;
    private static readonly TimeSpan DroppedWithin = TimeSpan.FromMinutes(1);

    /// <summary>What readers made of removed services is kept for them at most this long; who needs it later makes it again.</summary>
    internal static readonly TimeSpan BetweenViewDrops = TimeSpan.FromSeconds(5);

    private long _viewsDroppedAt = time.GetTimestamp();

    // Below this size a service is projected as a whole: that costs little, and what would be kept costs memory.
    private const int FewInstances = 64;

    private readonly Dictionary<ServiceKey, ProjectedParts> _parts = [];

    // By service, where it is not 0.
    private readonly Dictionary<ServiceKey, int> _reserved = [];

    private readonly Queue<(ServiceKey Service, Revision At, long Since)> _removals = new();

    // Of the changes of the round that is built.
    private long _arrived;

    /// <summary>Null when the next snapshot would say the same as the former, unless <paramref name="isForced"/>.</summary>
    public BuiltSnapshot? Build(RegistrySnapshot former, GatheredChanges changes, Revision seen, uint replica, bool isStale, bool isForced = false, long arrived = 0)
    {
        _arrived = arrived;
        var sequence = former.Sequence + 1;
        var revision = seen.At(replica, sequence);
        var isFirst = !former.HasSynced;
        var isNewHistory = seen.Parts.Any(part => part.History > 0 && part.History > former.Revision.Part(part.Index).History);
        var round = new Round(former, isFirst || isNewHistory ? revision : former.Floor);
        if (isNewHistory)
            Restamp(round, revision);
        foreach (var (service, failure) in changes.Failed)
            KeepLastGood(round, service, failure, changes.FindPod, revision);
        foreach (var inputs in changes.Services)
            Project(round, inputs, revision);
        DropViews(former);
        var pods = changes.Pods.Count == 0 ? former.Pods : changes.AllPods;
        var services = round.Services.ToImmutable();
        if (!isForced && !isFirst && former.IsStale == isStale && ReferenceEquals(pods, former.Pods) && ReferenceEquals(services, former.Services)
            && ReferenceEquals(unprojected.Reported, former.Unprojected) && seen.At(0, 0).Equals(former.Revision.At(0, 0)))
            return null;

        // Not before: what a round drops that makes no snapshot would stay in the former one, and no later round would find it.
        DropOldTombstones(round);
        var snapshot = new RegistrySnapshot(layout)
        {
            Revision = revision,
            Sequence = sequence,
            HasSynced = true,
            IsStale = isStale,
            Services = services,
            Pods = pods,
            Instances = round.Instances.ToTable(),
            Unprojected = unprojected.Reported,
            Tombstones = round.Tombstones.ToImmutable(),
            Floor = round.Floor,
            Sorted = round.NamesChanged ? new SortedServices(services) : former.Sorted,
        };
        return new BuiltSnapshot(snapshot, round.Changed, round.ChangedForClients, changes.Services.Count, [.. round.Confirmations], [.. round.GoneIds], changes.Pods.Keys);
    }

    /// <summary>Instances of origins that the rule of names keeps from all services now.</summary>
    public int Reserved { get; private set; }

    /// <summary>
    /// Services that did not change have the same state in the new history. With their revision of the lost history, no replica's revision
    /// would cover them.
    /// </summary>
    private void Restamp(Round round, Revision revision)
    {
        foreach (var services in new[] { round.Services, round.Tombstones })
        {
            foreach (var (key, service) in services.ToImmutable())
                services[key] = service.At(revision.For(layout, key.Namespace));
        }
    }

    private void Project(Round round, ServiceInputs inputs, Revision revision)
    {
        Computed computed;
        try
        {
            computed = Compute(round, inputs);
        }
        catch (Exception failure) when (UnprojectedServices.IsOfItem(failure))
        {
            KeepLastGood(round, inputs.Key, failure, inputs.FindPod, revision);
            return;
        }

        unprojected.Succeeded(inputs.Key);
        Apply(round, inputs.Key, computed, revision);
    }

    /// <summary>Changes nothing but what is computed once a round.</summary>
    private Computed Compute(Round round, ServiceInputs inputs)
    {
        var before = round.Services.GetValueOrDefault(inputs.Key)?.Instances ?? [];
        if (inputs.TouchedPods is { } pods && ComputePods(round, inputs, pods, before) is { } computed)
            return computed;
        var projected = OriginProjection.Project(inputs, OwnOf(round, inputs), [.. inputs.Origins.Select(origin => OwnOf(round, origin.Inputs))]);
        return new Computed(
            projected, InstanceMerge.Merge(before, projected.Instances), FallbackReading.Of(inputs),
            [.. inputs.Origins.Where(static origin => !origin.Names.IsEmpty || origin.Facts is not null).Select(static origin => origin.Key.Name)]);
    }

    /// <summary>Null where the service has to be projected as a whole.</summary>
    private Computed? ComputePods(Round round, ServiceInputs inputs, IReadOnlySet<ObjectKey> pods, ImmutableArray<Instance> before)
    {
        if (round.Own.ContainsKey(inputs.Key) || !_parts.TryGetValue(inputs.Key, out var parts) || pods.Count > before.Length / 2
            || projection.ProjectPods(inputs, pods) is not { Parts: { } ofPods } projected
            || InstanceMerge.MergePods(before, pods, projected.Instances) is not { } instances)
            return null;
        parts.Replace(pods, ofPods);
        counts.HoldBack(inputs.Key, parts.HeldBack);
        return new Computed(projected with { HasUnversionedInputs = parts.HasUnversionedInputs, Parts = parts }, instances, FallbackReading.Of(inputs), []);
    }

    /// <summary>
    /// The service stays as it was, but for what is known without its projection: an instance whose pod is gone leaves, and one whose pod is
    /// terminating is TERMINATING.
    /// </summary>
    private void KeepLastGood(Round round, ServiceKey key, Exception failure, Func<ObjectKey, PodEntry?> findPod, Revision revision)
    {
        unprojected.Failed(key, failure, round.Services.Count);
        _parts.Remove(key);
        if (round.Services.GetValueOrDefault(key) is not { } before)
            return;
        List<Instance> kept = [];
        foreach (var instance in before.Instances)
        {
            if (instance.Pod is not { } pod)
                kept.Add(instance);
            else if (findPod(pod.KeyIn(key.Namespace))?.Pod is { IsFinished: false } found && pod.Is(found.Metadata))
                kept.Add(found.IsTerminating ? instance with { Status = InstanceStatus.Terminating, Reason = null, StillServes = false } : instance);
        }

        var instances = InstanceMerge.Merge(before.Instances, kept);
        if (instances == before.Instances)
            return;
        Put(round, before, new ServiceSnapshot(key, revision.For(layout, key.Namespace), revision.Sequence, instances, before.Fallback)
        {
            HasUnversionedInputs = true,
            Origins = before.Origins,
            Follows = before.Sequence,
        }, revision);
        round.Changed.Add(key);
    }

    private void Apply(Round round, ServiceKey key, Computed computed, Revision revision)
    {
        var (projected, instances, fallback, origins) = computed;
        round.Confirmations.AddRange(projected.Confirmations);
        if (projected.Parts is { } parts && instances.Length >= FewInstances)
            _parts[key] = parts;
        else
            _parts.Remove(key);
        Reserved += projected.Reserved - _reserved.GetValueOrDefault(key);
        if (projected.Reserved > 0)
            _reserved[key] = projected.Reserved;
        else
            _reserved.Remove(key);
        var before = round.Services.GetValueOrDefault(key);
        var former = before?.Instances ?? [];
        var isSame = InstanceMerge.ShowsSame(former, instances) && InstanceMerge.IsSame(before?.Fallback, fallback);
        if (isSame && instances == former && (before is null || (before.HasUnversionedInputs == projected.HasUnversionedInputs && before.Origins.SequenceEqual(origins))))
            return;

        // The shown content did not change, so revision and sequence stay; only the other fields change. Where the instances are others all the same, it
        // is by what clients of other registries have for them.
        var at = revision.For(layout, key.Namespace);
        var changedAt = isSame ? before!.Revision : at;
        var isSameForClients = isSame && instances == former;
        var after = new ServiceSnapshot(key, changedAt, isSame ? before!.Sequence : revision.Sequence, instances, fallback)
        {
            HasUnversionedInputs = projected.HasUnversionedInputs,
            Origins = origins,
            Follows = isSame ? before!.Follows : before?.Sequence,
            Arrived = isSame ? before!.Arrived : _arrived,
            ClientsRevision = isSameForClients ? before!.ClientsRevision : at,
            ClientsSequence = isSameForClients ? before!.ClientsSequence : revision.Sequence,
        };
        Put(round, before, after, revision);
        if (!isSame)
            round.Changed.Add(key);
        else if (!isSameForClients)
            round.ChangedForClients.Add(key);
    }

    /// <summary>A service's own instances; computed once a round, even if several other services use them.</summary>
    private ProjectedService OwnOf(Round round, ServiceInputs inputs)
    {
        if (round.Own.TryGetValue(inputs.Key, out var own))
            return own;
        round.Own[inputs.Key] = own = projection.Project(inputs);
        counts.HoldBack(inputs.Key, own.HeldBack);
        return own;
    }

    private void Put(Round round, ServiceSnapshot? before, ServiceSnapshot after, Revision revision)
    {
        counts.Replace(before?.Instances ?? [], after.Instances);
        round.ReplaceInstances(before?.Instances ?? [], after.Instances);
        if (after.IsEmpty)
        {
            round.Services.Remove(after.Key);
            round.Tombstones[after.Key] = after;
            _removals.Enqueue((after.Key, revision, time.GetTimestamp()));
        }
        else
        {
            round.Services[after.Key] = after;
            round.Tombstones.Remove(after.Key);
        }

        round.NamesChanged |= before is null || after.IsEmpty || before.IsListed != after.IsListed;
    }

    /// <summary>Streams and waits read a service as it is removed, and hardly later: what they made would be most of a tombstone's memory.</summary>
    private void DropViews(RegistrySnapshot former)
    {
        if (time.GetElapsedTime(_viewsDroppedAt) < BetweenViewDrops)
            return;
        _viewsDroppedAt = time.GetTimestamp();
        foreach (var (_, removed) in former.Tombstones)
            removed.DropViews();
    }

    private void DropOldTombstones(Round round)
    {
        if (_removals.Count > MaxTombstones)
            Drop(round, static (removals, _) => removals > MaxTombstones - DroppedTogether);
        if (_removals.TryPeek(out var oldest) && time.GetElapsedTime(oldest.Since) > TombstonesFor + DroppedWithin)
            Drop(round, static (_, age) => age > TombstonesFor);
    }

    private void Drop(Round round, Func<int, TimeSpan, bool> isDue)
    {
        while (_removals.TryPeek(out var oldest) && isDue(_removals.Count, time.GetElapsedTime(oldest.Since)))
        {
            var (service, at, _) = _removals.Dequeue();

            // Skips entries of services that exist again, or were removed again later.
            if (!round.Tombstones.TryGetValue(service, out var found) || found.Sequence != at.Sequence)
                continue;
            round.Tombstones.Remove(service);
            round.Floor = at;
        }
    }

    /// <summary>What a service is to become.</summary>
    private sealed record Computed(ProjectedService Projected, ImmutableArray<Instance> Instances, Fallback? Fallback, ImmutableArray<string> Origins);

    /// <summary>The changes of one round, on the way to a snapshot.</summary>
    private sealed class Round(RegistrySnapshot former, Revision floor)
    {
        public ImmutableDictionary<ServiceKey, ServiceSnapshot>.Builder Services { get; } = former.Services.ToBuilder();
        public ImmutableDictionary<ServiceKey, ServiceSnapshot>.Builder Tombstones { get; } = former.Tombstones.ToBuilder();
        public InstanceTable.Builder Instances { get; } = new(former.Instances);
        public Revision Floor { get; set; } = floor;
        public bool NamesChanged { get; set; }
        public HashSet<ServiceKey> Changed { get; } = [];
        public HashSet<ServiceKey> ChangedForClients { get; } = [];
        public Dictionary<ServiceKey, ProjectedService> Own { get; } = [];
        public List<RestartConfirmation> Confirmations { get; } = [];
        public List<string> GoneIds { get; } = [];

        /// <summary>Both arrays are sorted by id, so only differences are written.</summary>
        public void ReplaceInstances(ImmutableArray<Instance> before, ImmutableArray<Instance> after)
        {
            var (old, now) = (0, 0);
            while (old < before.Length || now < after.Length)
            {
                var order = old == before.Length ? 1
                    : now == after.Length ? -1
                    : ReferenceEquals(before[old], after[now]) ? 0
                    : string.CompareOrdinal(before[old].Id, after[now].Id);
                if (order < 0)
                {
                    Instances.Remove(before[old].Id);
                    GoneIds.Add(before[old++].Id);
                    continue;
                }

                if (order > 0 || !ReferenceEquals(before[old], after[now]))
                    Instances.Set(after[now]);
                old += order == 0 ? 1 : 0;
                now++;
            }
        }
    }
}

/// <summary>The next snapshot, with the by-products of building it.</summary>
internal sealed record BuiltSnapshot(
    RegistrySnapshot Snapshot, IReadOnlyCollection<ServiceKey> Changed, IReadOnlyCollection<ServiceKey> ChangedForClients, int Projected, ImmutableArray<RestartConfirmation> Confirmations,
    ImmutableArray<string> GoneIds, IReadOnlyCollection<ObjectKey> ChangedPods);
