using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Consumers;

/// <summary>
/// What a pod is a part of, as its name and labels say, since owners are not kept. With the label <c>pod-template-hash: HASH</c> (a Deployment's ReplicaSet, or
/// one of its kind) its name is <c>X-HASH-abcde</c>, of which X is left; a name that is too long for its hash loses its ending alone, which is the same for
/// all pods of the template. <c>X-0</c> with the label <c>statefulset.kubernetes.io/pod-name</c> is of X. Else it is the pod's own name.
/// </summary>
public static class Workload
{
    private const string TemplateHash = "pod-template-hash";
    private const string StatefulPod = "statefulset.kubernetes.io/pod-name";

    public static string Of(Pod pod)
    {
        var name = pod.Metadata.Name;
        var labels = pod.Metadata.Labels;
        var end = name.LastIndexOf('-');
        if (end <= 0)
            return name;
        if (labels.TryGetValue(TemplateHash, out var hash) && hash.Length > 0)
            return name.AsSpan(0, end).EndsWith("-" + hash) && end > hash.Length + 1 ? name[..(end - hash.Length - 1)] : name[..end];
        return labels.TryGetValue(StatefulPod, out var own) && own == name && !name.AsSpan(end + 1).ContainsAnyExceptInRange('0', '9') ? name[..end] : name;
    }
}
