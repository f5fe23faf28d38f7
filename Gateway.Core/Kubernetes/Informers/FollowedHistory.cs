namespace Gateway.Core.Kubernetes.Informers;

/// <summary>Which of the cluster's histories one reflector follows. It alone writes; its probe reads.</summary>
internal sealed class FollowedHistory(ClusterHistory cluster)
{
    private int _followed = cluster.Count;

    /// <summary>Another kind found the store put back after this one was last listed for that.</summary>
    public bool IsBehind => Volatile.Read(ref _followed) < cluster.Count;

    /// <summary>This kind was listed for the first time.</summary>
    public void Begin() => Volatile.Write(ref _followed, cluster.Count);

    /// <summary>This kind was taken anew.</summary>
    public void Take() => Volatile.Write(ref _followed, cluster.Take(_followed));
}
