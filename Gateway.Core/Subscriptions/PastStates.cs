using System.Collections.Immutable;
using Gateway.Core.Registry;

namespace Gateway.Core.Subscriptions;

/// <summary>
/// The last few states of each service, so that whoever reconnects is told the difference only. The hub writes it as snapshots are
/// published; streams that resume read it. Bounded per service and in all, counted in instances; the oldest go first.
/// </summary>
internal sealed class PastStates
{
    private const int MaxPerService = 256;
    private const int MaxStates = 65_536;
    private const int MaxInstances = 4_000_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<ServiceKey, Queue<LinkedListNode<PastState>>> _byService = [];
    private readonly LinkedList<PastState> _all = [];
    private int _instances;
    private long _number;

    /// <summary>A state ended: all its instances, and since when it was.</summary>
    public void Add(ServiceKey service, ImmutableArray<Instance> instances, Revision? since)
    {
        lock (_gate)
        {
            var state = new PastState(service, instances, since, ++_number);
            if (!_byService.TryGetValue(state.Service, out var states))
                _byService[state.Service] = states = [];
            states.Enqueue(_all.AddLast(state));
            _instances += state.Instances.Length;
            if (states.Count > MaxPerService)
                ForgetOldestLocked(state.Service, states);
            while (_all.Count > MaxStates || _instances > MaxInstances)
                ForgetOldestLocked(_all.First!.Value.Service, _byService[_all.First.Value.Service]);
        }
    }

    /// <summary>The newest first.</summary>
    public ImmutableArray<PastState> Of(ServiceKey service)
    {
        lock (_gate)
            return _byService.TryGetValue(service, out var states) ? [.. states.Select(static node => node.Value).Reverse()] : [];
    }

    /// <summary>The services of a namespace that changed lately, also those that are gone.</summary>
    public ImmutableArray<ServiceKey> ChangedIn(string ns)
    {
        lock (_gate)
            return [.. _byService.Keys.Where(key => key.Namespace == ns)];
    }

    private void ForgetOldestLocked(ServiceKey service, Queue<LinkedListNode<PastState>> states)
    {
        var oldest = states.Dequeue();
        _all.Remove(oldest);
        _instances -= oldest.Value.Instances.Length;
        if (states.Count == 0)
            _byService.Remove(service);
    }
}
