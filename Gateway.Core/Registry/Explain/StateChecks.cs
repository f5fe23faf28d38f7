using System.Globalization;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Projection;

namespace Gateway.Core.Registry.Explain;

/// <summary>What takes a readable registration out of UP: no address, another run of its container, its lease, or a person.</summary>
internal static class StateChecks
{
    public static ExplainedCheck Address(ExplainedCase its)
    {
        var found = new Findings(CheckNames.Address);
        foreach (var pod in its.Pods)
        {
            if (pod.IsLive && pod.Pod.PodIPs.IsEmpty && !pod.Pod.Unreadable)
                found.Add(
                    $"{ObjectChecks.Sentence(its.NameOf(pod))} has no address yet (phase {pod.Pod.Phase}).",
                    $"It gets one when its containers are started. If not, kubectl -n {its.Key.Namespace} describe pod {its.ArgumentOf(pod)} shows whether it is scheduled and has a network.");
        }

        return found.ToCheck("Everything that runs has an address.", hasChecked: !its.Instances.IsEmpty || its.Pods.Any(static pod => pod.IsLive));
    }

    public static ExplainedCheck Restart(ExplainedCase its)
    {
        var found = new Findings(CheckNames.Restart);
        var bound = 0;
        var compared = "";
        foreach (var (pod, instance, record) in Registered(its))
        {
            bound += record.Container is null ? 0 : 1;
            if (instance.Reason == InstanceStatusRules.ContainerRestarted)
                found.Add(
                    $"A container of {its.NameOf(pod)} was restarted after its registration{Compared(its, pod, record, ": ")}.",
                    "The new run has to register again: a client registers at every start of its process, not once a pod.");
            else if (its.Question.Pod is not null && compared.Length == 0)
                compared = Compared(its, pod, record, " ");
        }

        return found.ToCheck(
            bound == 0 ? "No registration is bound to a run of a container." : $"No container was restarted after its registration.{compared}", hasChecked: bound > 0);
    }

    public static ExplainedCheck Lease(ExplainedCase its)
    {
        var found = new Findings(CheckNames.Lease);
        var leases = 0;
        foreach (var (pod, instance, record) in Registered(its))
        {
            leases += record.Ttl is null ? 0 : 1;
            if (instance.Reason != InstanceStatusRules.LeaseExpired)
                continue;
            var since = its.Question.Leases.StateOf(record.Id).LapsedAt is { } lapsed ? $" since {InstanceJson.Time(lapsed)}" : "";
            found.Add(
                $"The lease of the registration of {its.NameOf(pod)} expired{since}: no heartbeat came within its ttl of {record.Ttl} s.",
                "Look whether the client runs and sends PUT /v1/registrations/{id}/heartbeat, at least three times within a ttl; a POST renews it too.");
        }

        return found.ToCheck(leases == 0 ? "No registration has a ttl." : "Every lease is renewed.", hasChecked: leases > 0);
    }

    public static ExplainedCheck Override(ExplainedCase its)
    {
        var found = new Findings(CheckNames.Override);
        foreach (var instance in its.Instances)
        {
            if (instance.Status != InstanceStatus.OutOfService)
                continue;
            var pod = its.Pods.FirstOrDefault(one => one.Name == instance.Pod?.Name);
            var by = (pod?.Entry.Records.OverlayOf(instance.Id) ?? pod?.RecordOf(instance))?.OutOfService ?? OutOfService.ByOther;
            if (by == OutOfService.ByPod)
                found.Add($"{ObjectChecks.Sentence(its.NameOf(pod!))} took itself out of service.", "It returns by its next POST, or by a PATCH with status UP.");
            else
                found.Add(
                    $"Someone acting for pod {instance.Pod?.Name} took it out of service.",
                    $"The pod's own POST does not change that: PATCH /v1/registrations/{instance.Id} with status UP, by who may patch the pod.");
        }

        return found.ToCheck("Nothing is taken out of service.", hasChecked: !its.Instances.IsEmpty);
    }

    private static IEnumerable<(ExplainedPod Pod, Instance Instance, RegistrationRecord Record)> Registered(ExplainedCase its) =>
        from pod in its.Pods
        from instance in pod.Instances
        let record = pod.RecordOf(instance)
        where record is not null
        select (pod, instance, record);

    /// <summary>What was compared, with both clocks' times: the start is of the node's clock, the POST of the gateway's.</summary>
    private static string Compared(ExplainedCase its, ExplainedPod pod, RegistrationRecord record, string start)
    {
        if (!its.ShowsDetails || record.Container is not { } container || ContainerRestart.RunOf(pod.Pod, container) is not { } run)
            return "";
        var posted = its.Question.Posts.LastPost(record.Id) is { } post && (record.PostedAt is null || post > record.PostedAt) ? post : record.PostedAt;
        var runs = run.Run is not null && record.Run is not null
            ? $"containerID {run.Run}, registered with {record.Run}"
            : $"restartCount {run.RestartCount.ToString(CultureInfo.InvariantCulture)}, registered with {record.RestartCount.ToString(CultureInfo.InvariantCulture)}";
        var apart = run.StartedAt - posted is { } difference ? $" ({Math.Round(difference.TotalSeconds, 1).ToString("+0.#;-0.#;0", CultureInfo.InvariantCulture)} s)" : "";
        return $"{start}Compared: container {container}, {runs}; startedAt {TimeText(run.StartedAt)} (the node's clock) with the last POST at {TimeText(posted)} "
            + $"(the gateway's clock){apart}; up to {ContainerRestart.ClockSkew.TotalSeconds} s of skew are allowed{(start == " " ? "." : "")}";
    }

    private static string TimeText(DateTimeOffset? time) => time is { } known ? InstanceJson.Time(known) : "unknown";
}
