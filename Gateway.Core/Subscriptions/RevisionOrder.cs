using Gateway.Core.Registry.Revisions;

namespace Gateway.Core.Subscriptions;

/// <summary>Comparisons of revisions that streams need beyond <see cref="Revision.Covers"/>.</summary>
internal static class RevisionOrder
{
    /// <summary>A revision that covers both, if one can be formed; both were seen by this process.</summary>
    public static Revision Later(Revision first, Revision second)
    {
        if (second.Covers(first))
            return second;
        if (first.Covers(second))
            return first;
        if (first.IsCut || second.IsCut || first.Layout != second.Layout)
            return second;
        var both = first;
        foreach (var part in second.Parts)
            both = both.Raise(part);
        return both.At(second.Replica, first.Replica == second.Replica ? Math.Max(first.Sequence, second.Sequence) : second.Sequence);
    }

    /// <summary>
    /// Whether waiting is useless: the other revision is of a history that was replaced here, of another configuration, or was cut.
    /// </summary>
    public static bool CanNeverCover(this Revision current, Revision other)
    {
        if (current.Layout != other.Layout || (other.IsCut && other.Replica != current.Replica))
            return true;
        foreach (var part in other.Parts)
        {
            if (current.Part(part.Index).History > part.History)
                return true;
        }
        return false;
    }
}
