namespace Gateway.Core.Kubernetes.Informers;

/// <summary>
/// How often the cluster's store was found put back, by whichever kind. A version says nothing across that: a kind whose own has not fallen
/// may have missed what was written since, and is taken anew too. Every reflector reads and writes it.
/// </summary>
internal sealed class ClusterHistory
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
