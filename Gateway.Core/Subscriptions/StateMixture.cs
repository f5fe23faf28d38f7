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
    // At most 2^16 sums. A client that is further from this replica's past states is sent a snapshot.
    private const int MaxChanges = 16;

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

    /// <summary>The changes whose digests sum up to the missing one, as bits; null when there are none.</summary>
    private static int? Choose(List<(long Number, ServiceKey Service, InstanceChange Change)> changes, UInt128 missing)
    {
        // Each sum is an earlier sum plus one change.
        var sums = new UInt128[1 << changes.Count];
        for (var chosen = 0; chosen < sums.Length; chosen++)
        {
            if (chosen != 0)
            {
                var last = System.Numerics.BitOperations.Log2((uint)chosen);
                sums[chosen] = unchecked(sums[chosen ^ (1 << last)] + changes[last].Change.DigestDelta);
            }

            if (sums[chosen] == missing)
                return chosen;
        }

        return null;
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
