using System.Collections.Immutable;
using Gateway.Core.Registry.Instances;

namespace Gateway.Core.Subscriptions;

/// <summary>
/// Some states and the changes that followed: finds which of those changes, applied to those states, give a certain digest. Replicas fold
/// the same changes, but those of pods, slices and leases each at its own pace, so a state that one of them showed may be such a mixture at
/// another. Used by one thread.
/// </summary>
internal sealed class StateMixture
{
    // Two times 2^8 sums. A client that is further from this replica's past states is sent a snapshot.
    public const int MaxChanges = 16;

    private readonly Dictionary<ServiceKey, ImmutableArray<Instance>> _states = [];
    private readonly List<(long Number, ServiceKey Service, InstanceChange Change)> _changes = [];

    /// <summary>Sets the first state of a service.</summary>
    public void Begin(ServiceKey service, ImmutableArray<Instance> state) => _states[service] = state;

    /// <summary>Adds later changes; <paramref name="number"/> orders them among all changes.</summary>
    public void Add(ServiceKey service, long number, Transition transition)
    {
        foreach (var change in transition.Changes)
            _changes.Add((number, service, change));
    }

    /// <summary>Null when no mixture has that digest.</summary>
    public ImmutableDictionary<ServiceKey, ImmutableArray<Instance>>? Find(UInt128 digest)
    {
        UInt128 missing = digest;
        foreach (var state in _states.Values)
            missing = unchecked(missing - StreamDigest.Of(state));
        List<(long Number, ServiceKey Service, InstanceChange Change)> next = [.. _changes.OrderBy(static change => change.Number).Take(MaxChanges)];
        if (Choose(next, missing) is not { } chosen)
            return null;
        var mixed = _states.ToImmutableDictionary();
        foreach (var ofService in next.Where((_, index) => (chosen & (1 << index)) != 0).GroupBy(static change => change.Service))
            mixed = mixed.SetItem(ofService.Key, Apply(_states[ofService.Key], ofService.Select(static change => change.Change)));

        // Two changes of one instance are valid only together, so the result is verified.
        UInt128 sum = 0;
        foreach (var state in mixed.Values)
            sum = unchecked(sum + StreamDigest.Of(state));
        return sum == digest ? mixed : null;
    }

    /// <summary>
    /// The changes whose digests sum up to the missing one, as bits; null when there are none. Meets in the middle: the sums of each half are few
    /// enough for the stack, so an id that no replica has sent allocates nothing.
    /// </summary>
    private static int? Choose(List<(long Number, ServiceKey Service, InstanceChange Change)> changes, UInt128 missing)
    {
        var half = changes.Count / 2;
        Span<UInt128> low = stackalloc UInt128[1 << (MaxChanges / 2)];
        Span<int> chosen = stackalloc int[low.Length];
        Span<UInt128> high = stackalloc UInt128[low.Length];
        low = low[..(1 << half)];
        chosen = chosen[..(1 << half)];
        high = high[..(1 << (changes.Count - half))];
        Sum(changes, 0, low);
        Sum(changes, half, high);
        for (var bits = 0; bits < chosen.Length; bits++)
            chosen[bits] = bits;
        low.Sort(chosen);
        for (var bits = 0; bits < high.Length; bits++)
        {
            if (low.BinarySearch(unchecked(missing - high[bits])) is var found and >= 0)
                return (bits << half) | chosen[found];
        }

        return null;
    }

    /// <summary>The sums of all subsets of the changes from <paramref name="first"/> on.</summary>
    private static void Sum(List<(long Number, ServiceKey Service, InstanceChange Change)> changes, int first, Span<UInt128> sums)
    {
        // Each sum is an earlier sum plus one change.
        sums[0] = 0;
        for (var bits = 1; bits < sums.Length; bits++)
        {
            var last = System.Numerics.BitOperations.Log2((uint)bits);
            sums[bits] = unchecked(sums[bits ^ (1 << last)] + changes[first + last].Change.DigestDelta);
        }
    }

    private static ImmutableArray<Instance> Apply(ImmutableArray<Instance> state, IEnumerable<InstanceChange> changes)
    {
        var byId = state.ToDictionary(static instance => instance.Id, StringComparer.Ordinal);
        foreach (var change in changes)
        {
            if (change.Kind == ChangeKind.Removed)
                byId.Remove(change.Instance.Id);
            else
                byId[change.Instance.Id] = change.Instance;
        }

        return [.. byId.Values.OrderBy(static instance => instance.Id, StringComparer.Ordinal)];
    }
}
