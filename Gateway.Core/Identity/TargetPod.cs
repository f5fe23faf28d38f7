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

    /// <summary>The user that the pod itself is, whoever acts for it.</summary>
    public KubernetesUser PodUser => KubernetesUser.OfServiceAccount(Namespace, Known.ServiceAccountName);
}
