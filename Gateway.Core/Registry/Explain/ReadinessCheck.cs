using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Projection;

namespace Gateway.Core.Registry.Explain;

/// <summary>Is what should be listed ready, and which container is not?</summary>
internal static class ReadinessCheck
{
    public static ExplainedCheck Readiness(ExplainedCase its)
    {
        var found = new Findings(CheckNames.Readiness);
        foreach (var pod in its.Pods)
        {
            if (pod.IsLive && !pod.Pod.PodIPs.IsEmpty && !pod.Pod.Unreadable && IsNotReady(pod))
                Add(its, pod, found);
        }

        foreach (var instance in its.Instances)
        {
            if (instance.Pod is null && instance.Reason == InstanceStatusRules.NotReady)
                found.Add($"The endpoint {instance.Address} has no pod, and its slice says that it is not ready.", "The author of the slice has to set its condition ready.");
        }

        return found.ToCheck("Everything that runs is ready.", hasChecked: its.Instances.Length > 0 || its.Pods.Any(static pod => pod.IsLive));
    }

    private static bool IsNotReady(ExplainedPod pod) =>
        pod.Instances.IsEmpty ? !pod.Pod.Ready : pod.Instances.Any(static one => one.Reason == InstanceStatusRules.NotReady);

    private static void Add(ExplainedCase its, ExplainedPod pod, Findings found)
    {
        var name = ObjectChecks.Sentence(its.NameOf(pod));
        if (pod.Pod.Ready)
        {
            found.Add(
                $"{name} is Ready, but the slices of {its.ServiceName} say that its endpoint is not.",
                $"This passes within seconds. If it stays, look at them: kubectl -n {its.Key.Namespace} get endpointslices -l kubernetes.io/service-name={its.Key.Name} -o yaml.");
            return;
        }

        found.Add(
            $"{name} is not Ready{(its.ShowsDetails ? Containers(pod) : "")}.",
            its.ShowsDetails
                ? $"Look at its probes and events: kubectl -n {its.Key.Namespace} describe pod {pod.Name}."
                : "Look at the probes and events of the pod; with a token that may read the namespace, this names the container.");
    }

    private static string Containers(ExplainedPod pod)
    {
        var unready = pod.Pod.ContainerStatuses.Where(static one => one.Problem is not null).Select(static one => $"container {one.Name}: {one.Problem}").ToList();
        if (unready.Count > 0)
            return $" ({string.Join(", ", unready)})";
        return pod.Pod.ContainerStatuses.IsEmpty
            ? " (the kubelet has reported no container yet)"
            : " (every container is ready: a readiness gate, or another condition of the pod, is not met)";
    }
}
