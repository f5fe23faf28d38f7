namespace Gateway.Core.Kubernetes.Informers;

/// <summary>
/// How often any kind found that etcd was restored. Versions before and after a restore cannot be compared: a kind whose own version
/// did not fall may have missed writes, so it is relisted too. Every reflector reads and writes it.
/// </summary>
internal sealed class StoreEpoch
{
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <summary>
    /// A kind that knew epoch <paramref name="known"/> was relisted after a restore; if it is the first, all other kinds must relist too.
    /// Returns the epoch that the kind now knows: each restore counts once, however many kinds detect it.
    /// </summary>
    public int Take(int known)
    {
        Interlocked.CompareExchange(ref _count, known + 1, known);
        return Count;
    }
}

/// <summary>The epoch that one reflector knows. The reflector alone writes it; its probe reads it.</summary>
internal sealed class FollowedEpoch(StoreEpoch cluster)
{
    private int _followed = cluster.Count;

    /// <summary>Another kind found that etcd was restored after this kind's last relist for a restore.</summary>
    public bool IsBehind => Volatile.Read(ref _followed) < cluster.Count;

    /// <summary>This kind was listed for the first time.</summary>
    public void Begin() => Volatile.Write(ref _followed, cluster.Count);

    /// <summary>This kind was relisted after a restore.</summary>
    public void Take() => Volatile.Write(ref _followed, cluster.Take(_followed));
}
