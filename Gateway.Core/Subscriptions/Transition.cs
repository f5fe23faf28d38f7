using System.Collections.Immutable;
using Gateway.Core.Registry;

namespace Gateway.Core.Subscriptions;

/// <summary>
/// The net difference between two states of a view, as the events that lead a client from one to the other. Added and modified instances
/// come before removed ones, so that a client is never left without any instance in between.
/// </summary>
internal sealed class Transition
{
    private static readonly Transition None = new([]);

    private Transition(ImmutableArray<InstanceChange> changes) => Changes = changes;

    public ImmutableArray<InstanceChange> Changes { get; }

    /// <summary>Both sorted by id, ordinal, as every view is.</summary>
    public static Transition Between(ImmutableArray<Instance> from, ImmutableArray<Instance> to, LookupForm? form = null)
    {
        if (from == to)
            return None;
        form ??= LookupForm.Native;
        var upserts = ImmutableArray.CreateBuilder<InstanceChange>();
        List<InstanceChange> removals = [];
        var (f, t) = (0, 0);
        while (f < from.Length || t < to.Length)
        {
            if (f < from.Length && t < to.Length && ReferenceEquals(from[f], to[t]))
            {
                f++;
                t++;
                continue;
            }
            var order = f == from.Length ? 1 : t == to.Length ? -1 : string.CompareOrdinal(from[f].Id, to[t].Id);
            if (order < 0)
                removals.Add(Removed(from[f++], form));
            else if (order > 0)
                upserts.Add(Added(to[t++], form));
            else if (Differ(from[f++], to[t++]))
                upserts.Add(Modified(from[f - 1], to[t - 1], form));
        }
        upserts.AddRange(removals);
        return new Transition(upserts.ToImmutable());
    }

    private static bool Differ(Instance held, Instance newer) => held.Revision != newer.Revision;

    private static InstanceChange Added(Instance instance, LookupForm form) => new(ChangeKind.Added, instance, StreamDigest.Of(instance), form);

    private static InstanceChange Removed(Instance instance, LookupForm form) => new(ChangeKind.Removed, instance, unchecked(0 - StreamDigest.Of(instance)), form);

    private static InstanceChange Modified(Instance held, Instance newer, LookupForm form) =>
        new(ChangeKind.Modified, newer, unchecked(StreamDigest.Of(newer) - StreamDigest.Of(held)), form);
}
