using System.Collections.Immutable;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Projection;

namespace Gateway.Core.Registry.History;

/// <summary>
/// The latest changes of instances that this replica published: a ring that is bounded by count and memory. The projector is its only writer, before each
/// publication; readers copy references under a short lock. It holds no snapshots: a former state is the current one with the later changes undone.
/// </summary>
public sealed class RegistryHistory(HistoryOptions options, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Queue<HistoryChange> _changes = new();
    private long _bytes;

    // From when on the history is complete; null: nothing was published yet.
    private DateTimeOffset? _since;
    private bool _hasDropped;
    private DateTimeOffset _last;

    internal int Count => _changes.Count;

    internal long Bytes => _bytes;

    /// <summary>
    /// The latest changes of a namespace, oldest first; <paramref name="snapshot"/> is what the caller has taken: no change is shown that it lacks.
    /// </summary>
    /// <param name="snapshot">The current one.</param>
    /// <param name="ns">The namespace.</param>
    /// <param name="service">Null: all of its services.</param>
    /// <param name="since">Changes at that time or later; null: as far back as the ring reaches.</param>
    /// <param name="limit">At most so many: the latest.</param>
    public HistoryPage Read(RegistrySnapshot snapshot, string ns, string? service, DateTimeOffset? since, int limit)
    {
        var (changes, from, hasDropped) = Copy();
        var items = new List<HistoryChange>(Math.Min(limit, 64));
        var isCut = false;
        for (var i = changes.Length - 1; i >= 0 && !isCut; i--)
        {
            var (change, of) = (changes[i], changes[i].Of);
            if (of.At < since)
                break;
            if (change.Instance is null || of.Sequence > snapshot.Sequence || of.Service.Namespace != ns || (service is not null && of.Service.Name != service))
                continue;
            isCut = items.Count == limit;
            if (!isCut)
                items.Add(change);
        }

        items.Reverse();
        return new([.. items], isCut || from is null || (since is null ? hasDropped : since < from));
    }

    /// <summary>The service as this replica showed it then; null: the history does not reach back that far.</summary>
    public ServiceSnapshot? StateOf(RegistrySnapshot snapshot, ServiceKey service, DateTimeOffset at)
    {
        var (changes, from, _) = Copy();
        if (from is null || at < from)
            return null;
        var current = snapshot.Find(service);
        SortedDictionary<string, Instance>? instances = null;
        ServiceChange? first = null;
        for (var i = changes.Length - 1; i >= 0 && changes[i].Of.At > at; i--)
        {
            var change = changes[i];
            if (change.Of.Service != service || change.Of.Sequence > snapshot.Sequence)
                continue;
            first = change.Of;
            if (change.Instance is not { } instance)
                continue;
            instances ??= new(current.Instances.ToDictionary(static one => one.Id), StringComparer.Ordinal);
            if (change.Before is { } before)
                instances[before.Id] = before;
            else
                instances.Remove(instance.Id);
        }

        return first is null
            ? current
            : new ServiceSnapshot(service, first.FormerRevision, first.Sequence - 1, instances is null ? current.Instances : [.. instances.Values], first.FormerFallback);
    }

    /// <summary>Called by the projector alone, before it publishes <paramref name="next"/>.</summary>
    /// <param name="former">What is published.</param>
    /// <param name="next">What will be.</param>
    /// <param name="changed">The services that differ.</param>
    internal void Record(RegistrySnapshot former, RegistrySnapshot next, IReadOnlyCollection<ServiceKey> changed)
    {
        if (options.HistoryChanges == 0)
            return;
        if (!former.HasSynced)
        {
            lock (_gate)
                _since = _last = time.GetUtcNow();
            return;
        }

        if (changed.Count == 0)
            return;

        // A clock that is set back must not reorder changes.
        var now = time.GetUtcNow();
        var at = now > _last ? now : _last;
        List<HistoryChange> changes = [];
        foreach (var service in changed)
            Compare(former, next, service, at, changes);
        lock (_gate)
        {
            _last = at;
            foreach (var change in changes)
            {
                _changes.Enqueue(change);
                _bytes += change.Bytes;
                while (_changes.Count > 0 && (_changes.Count > options.HistoryChanges || _bytes > options.HistoryBytes))
                    DropOldestLocked();
            }
        }
    }

    /// <summary>Both arrays are sorted by id, and an unchanged instance is the same object in both.</summary>
    private static void Compare(RegistrySnapshot former, RegistrySnapshot next, ServiceKey service, DateTimeOffset at, List<HistoryChange> changes)
    {
        var (was, becomes) = (former.Find(service), next.Find(service));
        var isServiceChanged = !InstanceMerge.IsSame(was.Fallback, becomes.Fallback);
        var of = new ServiceChange(service, at, next.Sequence, becomes.Revision, was.Revision, was.Fallback);
        if (isServiceChanged)
            changes.Add(new(of, null, null, ChangeCauses.ServiceChanged));
        var (before, after) = (was.Instances, becomes.Instances);
        var (old, now) = (0, 0);
        while (old < before.Length || now < after.Length)
        {
            var order = old == before.Length ? 1 : now == after.Length ? -1 : ReferenceEquals(before[old], after[now]) ? 0 : string.CompareOrdinal(before[old].Id, after[now].Id);
            var (gone, come) = (order <= 0 ? before[old++] : null, order >= 0 ? after[now++] : null);
            if (!ReferenceEquals(gone, come))
                changes.Add(new(of, gone, come, ChangeCauses.Of(gone, come, former, next, isServiceChanged)));
        }
    }

    private (HistoryChange[] Changes, DateTimeOffset? Since, bool HasDropped) Copy()
    {
        lock (_gate)
            return (_changes.ToArray(), _since, _hasDropped);
    }

    private void DropOldestLocked()
    {
        var oldest = _changes.Dequeue();
        _bytes -= oldest.Bytes;
        _since = oldest.Of.At;
        _hasDropped = true;
    }
}

/// <summary>Changes, oldest first. <paramref name="IsTruncated"/>: there were others that are not shown, or this replica does not know of them any more.</summary>
public sealed record HistoryPage(ImmutableArray<HistoryChange> Items, bool IsTruncated);
