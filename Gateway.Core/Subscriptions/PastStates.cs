using System.Collections.Immutable;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Revisions;

namespace Gateway.Core.Subscriptions;

/// <summary>
/// The last few states of each service, so that a client that reconnects is sent only the difference. The hub writes it as snapshots are
/// published; resuming streams read it. Bounded by time, per service, and in all by memory: by what the current snapshot takes, or 8 MB where that
/// is less. The oldest are removed first.
/// </summary>
internal sealed class PastStates(TimeSpan window, TimeProvider time)
{
    private const int MaxPerService = 256;
    private const long LeastBytes = 8L * 1024 * 1024;

    // Approximate sizes of an instance with a few labels, of an entry of a list, and of all that keeps a state, with the entry of its service.
    private const long BytesOfInstance = 1024;
    private const long BytesOfEntry = 8;
    private const long BytesOfState = 512;

    private readonly Lock _gate = new();
    private readonly Dictionary<ServiceKey, Queue<LinkedListNode<PastState>>> _byService = [];
    private readonly LinkedList<PastState> _all = [];
    private long _maxBytes = LeastBytes;
    private long _bytes;
    private long _number;

    /// <summary>The number of states, and the approximate memory that they take.</summary>
    public (int States, long Bytes) Size
    {
        get
        {
            lock (_gate)
                return (_all.Count, _bytes);
        }
    }

    /// <summary>Past states may take as much as a snapshot with this many instances.</summary>
    public void KeepAtMost(int instances)
    {
        lock (_gate)
            _maxBytes = Math.Max(LeastBytes, BytesOfInstance * instances);
    }

    /// <summary>Removes states that ended longer ago than the window.</summary>
    public void Expire()
    {
        lock (_gate)
        {
            ExpireLocked();
            _byService.TrimExcess();
        }
    }

    /// <summary>
    /// Adds a state that began at <paramref name="since"/> and was replaced by <paramref name="next"/>. Both are sorted by id.
    /// </summary>
    public void Add(ServiceKey service, ImmutableArray<Instance> instances, ImmutableArray<Instance> next, Revision? since)
    {
        var bytes = BytesOfState + (BytesOfEntry * instances.Length) + (BytesOfInstance * CountReplaced(instances, next));
        lock (_gate)
        {
            var state = new PastState(service, instances, since, ++_number, bytes, time.GetTimestamp());
            if (!_byService.TryGetValue(state.Service, out var states))
                _byService[state.Service] = states = [];
            states.Enqueue(_all.AddLast(state));
            _bytes += bytes;
            if (states.Count > MaxPerService)
                RemoveOldestLocked(state.Service, states);
            ExpireLocked();
            while (_bytes > _maxBytes)
                RemoveFirstLocked();
        }
    }

    /// <summary>The past states of a service, newest first.</summary>
    public ImmutableArray<PastState> Of(ServiceKey service)
    {
        lock (_gate)
        {
            ExpireLocked();
            return _byService.TryGetValue(service, out var states) ? [.. states.Select(static node => node.Value).Reverse()] : [];
        }
    }

    /// <summary>The services of a namespace that changed recently, including removed ones.</summary>
    public ImmutableArray<ServiceKey> ChangedIn(string ns)
    {
        lock (_gate)
        {
            ExpireLocked();
            return [.. _byService.Keys.Where(key => key.Namespace == ns)];
        }
    }

    /// <summary>The number of instances that only the past state holds.</summary>
    private static int CountReplaced(ImmutableArray<Instance> instances, ImmutableArray<Instance> next)
    {
        var (replaced, n) = (0, 0);
        foreach (var instance in instances)
        {
            if (n < next.Length && ReferenceEquals(next[n], instance))
            {
                n++;
                continue;
            }

            while (n < next.Length && string.CompareOrdinal(next[n].Id, instance.Id) < 0)
                n++;
            if (n == next.Length || !ReferenceEquals(next[n], instance))
                replaced++;
        }
        return replaced;
    }

    private void ExpireLocked()
    {
        while (_all.First is { } oldest && time.GetElapsedTime(oldest.Value.EndedAt) > window)
            RemoveFirstLocked();
    }

    private void RemoveFirstLocked() => RemoveOldestLocked(_all.First!.Value.Service, _byService[_all.First.Value.Service]);

    private void RemoveOldestLocked(ServiceKey service, Queue<LinkedListNode<PastState>> states)
    {
        var oldest = states.Dequeue();
        _all.Remove(oldest);
        _bytes -= oldest.Value.Bytes;
        if (states.Count == 0)
            _byService.Remove(service);
    }
}

/// <summary>
/// A former state of a service: all its instances, and since when. <paramref name="Since"/> is null where the service did not exist before,
/// as far as is known. <paramref name="Number"/> orders the ends of states over all services; <paramref name="Bytes"/> is the approximate
/// memory that only this state holds; <paramref name="EndedAt"/> is a timestamp.
/// </summary>
internal sealed record PastState(ServiceKey Service, ImmutableArray<Instance> Instances, Revision? Since, long Number, long Bytes, long EndedAt);
