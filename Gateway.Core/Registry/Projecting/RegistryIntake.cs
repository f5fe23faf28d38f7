using System.Collections.Immutable;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Revisions;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.Registry.Projecting;

/// <summary>
/// Applies the objects of the cluster, or their saved copies, to the index and tracks their revision: the objects of the index are exactly those of
/// <see cref="Seen"/>. Owned by the projector's thread.
/// </summary>
internal sealed class RegistryIntake(RevisionLayout layout, RegistryFeeds feeds, RegistryIndex index, ILogger logger)
{
    private readonly RestoredObjects _restored = new(layout);

    public Revision Seen { get; private set; } = Revision.Empty(layout);

    /// <summary>Applies every change since the last drain; true once every kind was listed.</summary>
    public bool Drain() => Drain(null);

    /// <summary>Rebuilds the index from the pods of a snapshot and applies every object of the feeds.</summary>
    public bool Restart(RegistrySnapshot snapshot)
    {
        index.Restart(snapshot.Pods);
        return Drain(snapshot.Pods.Keys);
    }

    /// <summary>Applies those of the saved objects whose scope was not listed yet.</summary>
    public void Restore(SavedRegistry saved)
    {
        index.TakeNodes(_restored.Take(WatchedKind.Nodes, saved.Nodes));
        index.TakePods(_restored.Take(WatchedKind.Pods, saved.Pods));
        index.TakeServices(_restored.Take(WatchedKind.Services, saved.Services));
        if (feeds.Slices.IsEmpty)
            index.TakeEndpoints(_restored.Take(WatchedKind.Slices, saved.Endpoints));
        else
            index.TakeSlices(_restored.Take(WatchedKind.Slices, saved.Slices));
        if (!Revision.TryParse(saved.Revision, out var revision) || revision.Layout != layout.Fingerprint)
            return;
        foreach (var part in revision.Parts.Where(part => _restored.IsAwaiting(part.Index)))
            Seen = Seen.Raise(part);
    }

    /// <summary>Other replicas count more histories of this part: this one continues from their count.</summary>
    public void RaiseHistory(RevisionPart other)
    {
        var seen = Seen.Part(other.Index);
        if (seen.Version == 0 || seen.History >= other.History)
            return;
        _restored.RaiseHistory(other.Index, other.History - seen.History);
        Seen = Seen.Raise(seen with { History = other.History });
    }

    private bool Drain(IEnumerable<ObjectKey>? held)
    {
        // No short-circuit: every feed must be drained.
        var isAll = held is not null;
        var pods = Drain(WatchedKind.Pods, feeds.Pods, index.TakePods, isAll, held);
        var services = Drain(WatchedKind.Services, feeds.Services, index.TakeServices, isAll);
        var slices = Drain(WatchedKind.Slices, feeds.Slices, index.TakeSlices, isAll);
        var endpoints = Drain(WatchedKind.Slices, feeds.Endpoints, index.TakeEndpoints, isAll);
        if (feeds.Nodes is { } nodes)
            Drain(WatchedKind.Nodes, new ScopedFeed<Node>("", nodes), index.TakeNodes, isAll);
        return pods & services & slices & endpoints;
    }

    private bool Drain<T>(
        WatchedKind kind, ImmutableArray<ScopedFeed<T>> scopes, Action<IReadOnlyDictionary<ObjectKey, T?>> take, bool isAll,
        IEnumerable<ObjectKey>? held = null)
        where T : class, IKubernetesObject
    {
        var hasSynced = true;
        foreach (var scope in scopes)
            hasSynced &= Drain(kind, scope, take, isAll, held);
        return hasSynced;
    }

    private bool Drain<T>(
        WatchedKind kind, ScopedFeed<T> scope, Action<IReadOnlyDictionary<ObjectKey, T?>> take, bool isAll, IEnumerable<ObjectKey>? held = null)
        where T : class, IKubernetesObject
    {
        var place = layout.IndexOf(kind, scope.Namespace);
        var batch = _restored.Replace(place, isAll ? scope.Feed.DrainAll() : scope.Feed.Drain(), Seen.Part(place));
        take(batch.Changes);

        // What the index contains and a complete list does not was deleted.
        if (held is not null && batch.HasSynced)
            take(held.Where(key => layout.IndexOf(kind, key.Namespace) == place && !batch.Changes.ContainsKey(key)).ToDictionary(static key => key, static _ => (T?)null));
        var part = new RevisionPart(place, batch.History, batch.Version);
        if (batch.History > Seen.Part(place).History)
            RegistryLog.HistoryReplaced(logger, kind);
        Seen = Seen.Raise(part);
        return batch.HasSynced;
    }
}
