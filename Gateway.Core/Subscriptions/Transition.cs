using System.Collections.Immutable;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Revisions;

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
    public static Transition Between(ImmutableArray<Instance> from, ImmutableArray<Instance> to, InstanceFormat? form = null)
    {
        if (from == to)
            return None;
        form ??= InstanceFormat.Native;
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

    private static InstanceChange Added(Instance instance, InstanceFormat form) => new(ChangeKind.Added, instance, StreamDigest.Of(instance), form);

    private static InstanceChange Removed(Instance instance, InstanceFormat form) => new(ChangeKind.Removed, instance, unchecked(0 - StreamDigest.Of(instance)), form);

    private static InstanceChange Modified(Instance held, Instance newer, InstanceFormat form) =>
        new(ChangeKind.Modified, newer, unchecked(StreamDigest.Of(newer) - StreamDigest.Of(held)), form);
}

/// <summary>
/// One step of a <see cref="Transition"/>. <see cref="Instance"/> is the new content, or for a removal the content that was sent last. Its
/// frame is encoded by the first stream that sends it.
/// </summary>
internal sealed class InstanceChange(ChangeKind kind, Instance instance, UInt128 digestDelta, InstanceFormat form)
{
    public ChangeKind Kind { get; } = kind;
    public Instance Instance { get; } = instance;

    /// <summary>The difference that this change makes to a stream's digest, modulo 2^128.</summary>
    public UInt128 DigestDelta { get; } = digestDelta;

    // Two streams may encode the first frame at once; the bytes are the same.
    public EventFrame Frame => field ??= EventFrame.OfChange(Kind, Instance, form);
}

/// <summary>What a change means to a client: it did not hold the instance, held other content of it, or no longer holds it.</summary>
public enum ChangeKind
{
    Added,
    Modified,
    Removed,
}
