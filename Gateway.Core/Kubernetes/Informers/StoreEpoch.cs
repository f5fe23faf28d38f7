namespace Gateway.Core.Kubernetes.Informers;

/// <summary>
/// How often the cluster's store was found put back, by whichever kind. A version says nothing across that: a kind whose own has not fallen
/// may have missed what was written since, and is taken anew too. Every reflector reads and writes it.
/// </summary>
internal sealed class StoreEpoch
{
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <summary>
    /// A kind that had followed the cluster up to <paramref name="known"/> was taken anew; where nobody had found out before, all others are to
    /// be. Answers what it has followed now: each time counts once, however many kinds find it out.
    /// </summary>
    public int Take(int known)
    {
        Interlocked.CompareExchange(ref _count, known + 1, known);
        return Count;
    }
}

/// <summary>Which of the cluster's histories one reflector follows. It alone writes; its probe reads.</summary>
internal sealed class FollowedEpoch(StoreEpoch cluster)
{
    private int _followed = cluster.Count;

    /// <summary>Another kind found the store put back after this one was last listed for that.</summary>
    public bool IsBehind => Volatile.Read(ref _followed) < cluster.Count;

    /// <summary>This kind was listed for the first time.</summary>
    public void Begin() => Volatile.Write(ref _followed, cluster.Count);

    /// <summary>This kind was taken anew.</summary>
    public void Take() => Volatile.Write(ref _followed, cluster.Take(_followed));
}
