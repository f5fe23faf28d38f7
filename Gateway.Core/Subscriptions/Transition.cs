using System.Collections.Immutable;
using Gateway.Core.Registry;

namespace Gateway.Core.Subscriptions;

/// <summary>
/// The net difference between two states of a view, as the events that lead a client from one to the other. What comes stands before what
/// goes, so that nobody is left without any instance in between.
/// </summary>
internal sealed class Transition
{
    private static readonly Transition None = new([]);

    private Transition(ImmutableArray<InstanceChange> changes) => Changes = changes;

    public ImmutableArray<InstanceChange> Changes { get; }

    /// <summary>Both sorted by id, ordinal, as every view is.</summary>
    public static Transition Between(ImmutableArray<Instance> from, ImmutableArray<Instance> to)
    {
        if (from == to)
            return None;
        var coming = ImmutableArray.CreateBuilder<InstanceChange>();
        List<InstanceChange> leaving = [];
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
                leaving.Add(Left(from[f++]));
            else if (order > 0)
                coming.Add(Came(to[t++]));
            else if (Differ(from[f++], to[t++]))
                coming.Add(Turned(from[f - 1], to[t - 1]));
        }
        coming.AddRange(leaving);
        return new Transition(coming.ToImmutable());
    }

    private static bool Differ(Instance held, Instance newer) => held.Revision != newer.Revision;

    private static InstanceChange Came(Instance instance) => new(ChangeKind.Added, instance, StreamDigest.Of(instance));

    private static InstanceChange Left(Instance instance) => new(ChangeKind.Removed, instance, unchecked(0 - StreamDigest.Of(instance)));

    private static InstanceChange Turned(Instance held, Instance newer) =>
        new(ChangeKind.Modified, newer, unchecked(StreamDigest.Of(newer) - StreamDigest.Of(held)));
}
