using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.PodWriting;

/// <summary>
/// The newest state of a pod that this replica has without asking: in the cache, in what the calls have found, in the answer to the last PATCH. A
/// write may be planned from it, since the PATCH names its version; nothing may be decided by it. Keeps no state.
/// </summary>
internal sealed class KnownPods(IClusterView cluster)
{
    /// <summary>Null: the pod has to be read. So it does while the watch of pods is lost, since much may have changed.</summary>
    /// <param name="pod">The pod's name.</param>
    /// <param name="uid">The pod's uid; another pod of that name is not it.</param>
    /// <param name="writes">The writes that are planned.</param>
    /// <param name="answered">The pod as the API server answered the pod's last write; null: not known.</param>
    public Pod? Newest(ObjectKey pod, string uid, IReadOnlyList<WaitingWrite> writes, Pod? answered)
    {
        if (!cluster.FollowsPods(pod.Namespace))
            return null;
        var newest = Newer(cluster.FindPod(pod.Namespace, pod.Name), answered);
        foreach (var write in writes)
            newest = Newer(newest, write.Known);
        return newest is { Unreadable: false } && newest.Metadata.Uid == uid ? newest : null;
    }

    private static Pod? Newer(Pod? one, Pod? other) => one is null || other?.Metadata.Version > one.Metadata.Version ? other : one;
}
