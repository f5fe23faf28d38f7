using System.Collections.Concurrent;
using System.Collections.Immutable;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;

namespace Gateway.Core.Subscriptions;

/// <summary>
/// What streams share about one <see cref="LookupView"/>: its digest, its snapshot frames, and the transitions that lead to it, each made
/// by the first reader. Earlier views are identified by number, not referenced, so that they can be freed.
/// </summary>
internal sealed class StreamView
{
    // Beyond this many transitions, a stream computes its own.
    private const int MaxTransitions = 32;

    private static long s_lastNumber;

    private readonly ConcurrentDictionary<long, Transition> _transitions = new(concurrencyLevel: 1, capacity: 2);
    private readonly LookupView _view;
    private readonly Lazy<UInt128> _digest;
    private EventFrame? _freshSnapshot;
    private EventFrame? _staleSnapshot;

    public StreamView(LookupView view)
    {
        _view = view;
        _digest = new(() => StreamDigest.Of(view.Instances));
    }

    /// <summary>Unique in this process; 0 is no view.</summary>
    public long Number { get; } = Interlocked.Increment(ref s_lastNumber);

    public ImmutableArray<Instance> Instances => _view.Instances;

    public UInt128 Digest => _digest.Value;

    public EventFrame Snapshot(bool isStale) => isStale
        ? _staleSnapshot ??= EventFrame.OfSnapshot(_view.Body, isStale: true)
        : _freshSnapshot ??= EventFrame.OfSnapshot(_view.Body, isStale: false);

    /// <param name="number">The view that was sent; 0 where it is not one of this process' views.</param>
    /// <param name="instances">What was sent.</param>
    public Transition From(long number, ImmutableArray<Instance> instances)
    {
        if (number != 0 && _transitions.TryGetValue(number, out var known))
            return known;
        var transition = Transition.Between(instances, Instances, _view.Form);
        return number != 0 && _transitions.Count < MaxTransitions ? _transitions.GetOrAdd(number, transition) : transition;
    }
}
