using System.Collections.Immutable;
using Gateway.Core.Kubernetes.Informers;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Revisions;

namespace Gateway.Core.Registry.Projecting;

/// <summary>
/// The objects that the registry contains only because they were saved, by kind and watched namespace, until the first list of that scope replaces
/// them; and by how much this replica's histories exceed those of its stores. The projector's thread alone writes and reads it.
/// </summary>
internal sealed class RestoredObjects(RevisionLayout layout)
{
    private readonly Dictionary<int, HashSet<ObjectKey>> _restored = [];
    private readonly Dictionary<int, uint> _histories = [];
    private readonly HashSet<int> _listed = [];

    /// <summary>Those of the saved objects whose scope was not listed yet, as changes.</summary>
    public Dictionary<ObjectKey, T?> Take<T>(WatchedKind kind, IEnumerable<T> saved)
        where T : class, IKubernetesObject
    {
        var taken = new Dictionary<ObjectKey, T?>();
        foreach (var item in saved)
        {
            var key = item.Metadata.Key;
            var scope = layout.IndexOf(kind, key.Namespace);
            if (scope < 0 || _listed.Contains(scope))
                continue;
            if (!_restored.TryGetValue(scope, out var keys))
                _restored[scope] = keys = [];
            keys.Add(key);
            taken[key] = item;
        }

        return taken;
    }

    /// <summary>Whether a saved revision still applies to that part.</summary>
    public bool IsAwaiting(int part) => !_listed.Contains(part);

    /// <summary>The batch to apply: with the first list of a scope, saved objects that it lacks are removed.</summary>
    public ChangeBatch<T> Replace<T>(int scope, ChangeBatch<T> batch, RevisionPart seen)
        where T : class, IKubernetesObject
    {
        if (batch.HasSynced && _listed.Add(scope))
        {
            // Lower than what was saved: etcd was restored from a backup meanwhile, so earlier versions belong to another history.
            if (batch.History <= seen.History && batch.Version < seen.Version)
                _histories[scope] = seen.History + 1;
            else if (batch.History < seen.History)
                _histories[scope] = seen.History;
            if (_restored.Remove(scope, out var keys))
                batch = batch with { Changes = WithEnds(batch.Changes, keys) };
        }

        return _histories.TryGetValue(scope, out var raisedBy) ? batch with { History = batch.History + raisedBy } : batch;
    }

    /// <summary>Raises the count of histories of that part.</summary>
    public void RaiseHistory(int scope, uint by) => _histories[scope] = _histories.GetValueOrDefault(scope) + by;

    private static Dictionary<ObjectKey, T?> WithEnds<T>(IReadOnlyDictionary<ObjectKey, T?> changes, HashSet<ObjectKey> restored)
        where T : class, IKubernetesObject
    {
        var all = new Dictionary<ObjectKey, T?>(changes);
        foreach (var key in restored)
            all.TryAdd(key, null);
        return all;
    }
}

/// <summary>
/// The registry as one replica last knew it: the objects of its instances as of <paramref name="Revision"/>, confirmed to be current at
/// <paramref name="At"/>.
/// </summary>
public sealed record SavedRegistry(
    DateTimeOffset At, string Revision, ImmutableArray<Pod> Pods, ImmutableArray<Service> Services, ImmutableArray<EndpointSlice> Slices,
    ImmutableArray<Endpoints> Endpoints, ImmutableArray<Node> Nodes);
