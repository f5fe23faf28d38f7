using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Identity;

/// <summary>
/// The pod a call is about, after it was decided that <paramref name="Caller"/> may act for it. <paramref name="Known"/> is the pod as last
/// seen (from the cache or a live GET); <paramref name="ActingForAnother"/>: the caller is not that pod itself.
/// </summary>
public sealed record TargetPod(Pod Known, CallerIdentity Caller, bool ActingForAnother)
{
    public string Namespace => Known.Metadata.Namespace;
    public string Name => Known.Metadata.Name;
    public string Uid => Known.Metadata.Uid;

    /// <summary>The pod's own user (its service account), whichever caller acts for it.</summary>
    public KubernetesUser PodUser => KubernetesUser.OfServiceAccount(Namespace, Known.ServiceAccountName);
}

/// <summary>A pod as a request names it (<c>namespace</c> + <c>pod</c>, both or neither); which pod has the name is not yet known.</summary>
public sealed record PodName(string Namespace, string Name)
{
    public override string ToString() => $"{Namespace}/{Name}";
}

/// <summary>What a call is about to do to the pod it names; decides how freshly the pod must be known and whether it may be terminating.</summary>
public enum CallPurpose
{
    /// <summary>Reads, and heartbeats: nothing is written to the API server.</summary>
    Observe,

    /// <summary>Changes what is there; a terminating pod may.</summary>
    Change,

    /// <summary>Removes what is there; a terminating pod may, and one that has finished.</summary>
    Remove,

    /// <summary>Registers; a terminating pod may not.</summary>
    Register,
}
