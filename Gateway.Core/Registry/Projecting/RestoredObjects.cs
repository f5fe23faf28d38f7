using System.Collections.Immutable;
using Gateway.Core.Kubernetes.Informers;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Revisions;

namespace Gateway.Core.Registry.Projecting;

/// <summary>
/// Which objects stand in the registry only because they were saved, by kind and watched namespace, until the first list of that scope
/// replaces them; and by how much this replica's histories count for more than its stores say. The projector's thread alone writes and reads it.
/// </summary>
internal sealed class RestoredObjects(RevisionLayout layout)
{
    private readonly Dictionary<int, HashSet<ObjectKey>> _standing = [];
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
            if (!_standing.TryGetValue(scope, out var standing))
                _standing[scope] = standing = [];
            standing.Add(key);
            taken[key] = item;
        }

        return taken;
    }

    /// <summary>Whether a saved revision still counts for that part.</summary>
    public bool IsAwaiting(int part) => !_listed.Contains(part);

    /// <summary>The batch as it is to be folded: the first list of a scope also ends what was saved and is not in it.</summary>
    public ChangeBatch<T> Replace<T>(int scope, ChangeBatch<T> batch, RevisionPart seen)
        where T : class, IKubernetesObject
    {
        if (batch.HasSynced && _listed.Add(scope))
        {
            // Lower than what was saved: the cluster's store was put back meanwhile, so versions from before are of another history.
            if (batch.History <= seen.History && batch.Version < seen.Version)
                _histories[scope] = seen.History + 1;
            else if (batch.History < seen.History)
                _histories[scope] = seen.History;
            if (_standing.Remove(scope, out var standing))
                batch = batch with { Changes = WithEnds(batch.Changes, standing) };
        }

        return _histories.TryGetValue(scope, out var raisedBy) ? batch with { History = batch.History + raisedBy } : batch;
    }

    /// <summary>From now on that part's history counts for so many more.</summary>
    public void RaiseHistory(int scope, uint by) => _histories[scope] = _histories.GetValueOrDefault(scope) + by;

    private static Dictionary<ObjectKey, T?> WithEnds<T>(IReadOnlyDictionary<ObjectKey, T?> changes, HashSet<ObjectKey> standing)
        where T : class, IKubernetesObject
    {
        var all = new Dictionary<ObjectKey, T?>(changes);
        foreach (var key in standing)
            all.TryAdd(key, null);
        return all;
    }
}

/// <summary>
/// The registry as one replica last knew it: the objects that its instances were made of, as they were at <paramref name="Revision"/> and
/// known to be still so at <paramref name="At"/>.
/// </summary>
public sealed record SavedRegistry(
    DateTimeOffset At, string Revision, ImmutableArray<Pod> Pods, ImmutableArray<Service> Services, ImmutableArray<EndpointSlice> Slices,
    ImmutableArray<Endpoints> Endpoints, ImmutableArray<Node> Nodes);
