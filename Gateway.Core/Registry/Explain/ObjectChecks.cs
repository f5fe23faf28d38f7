using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Instances;

namespace Gateway.Core.Registry.Explain;

/// <summary>Is there a Service or a record of that name, and which pods are behind it?</summary>
internal static class ObjectChecks
{
    public static ExplainedCheck Service(ExplainedCase its)
    {
        var found = new Findings(CheckNames.Service);
        var origins = its.Origins.IsEmpty ? "" : $" Instances also come from {string.Join(", ", its.Origins)} (name mapping, or an application's metadata).";
        if (its.Service is not { } service)
        {
            if (its.IsNamed || !its.Instances.IsEmpty)
                return found.ToCheck($"There is no Kubernetes {its.ServiceName}; none is needed for what is registered under the name." + origins);
            found.Add(NothingOfThatName(its), $"Register under the name, or create a Service of that name in namespace {its.Key.Namespace}. {Similar(its)}".TrimEnd());
        }
        else if (its.IsExternalName)
        {
            if (its.HasRecords)
                return found.ToCheck($"{its.ServiceName} is of type ExternalName and has no endpoints; registrations are listed." + origins);
            var target = its.ShowsDetails ? $" (it points to {service.ExternalName})" : "";
            found.Add(
                $"{its.ServiceName} is of type ExternalName{target}: it has no endpoints, so it lists none.",
                "Call the external name by DNS, or let pods register under the name.");
        }
        else if (service.Selector is not { Count: > 0 })
            return found.ToCheck($"{its.ServiceName} has no selector: its endpoints are written by hand or by another controller." + origins);
        else
            Selector(its, service, found);
        return found.ToCheck($"{its.ServiceName} exists (type {its.Service?.Type}).{SelectorText(its)}" + origins);
    }

    public static ExplainedCheck Pod(ExplainedCase its)
    {
        var found = new Findings(CheckNames.Pod);
        if (its.Question.Pod is { } name && its.Pods.IsEmpty)
        {
            found.Add(
                $"This gateway knows no pod {name} in namespace {its.Key.Namespace}.",
                its.Question.WatchesEveryPod
                    ? $"Check the name: kubectl -n {its.Key.Namespace} get pod {name}. A pod that was just created is known within seconds."
                    : "Check the name, and whether Kubernetes__PodSelector of the gateway selects the pod's labels.");
        }

        foreach (var pod in its.Pods)
        {
            if (pod.Pod.IsFinished)
                found.Add($"{Sentence(its.NameOf(pod))} has finished ({pod.Pod.Phase}).", "A finished pod serves nothing. Look why it ended, and whether its controller starts another.");
            else if (pod.Pod.IsTerminating)
                found.Add(
                    $"{Sentence(its.NameOf(pod))} is terminating since {InstanceJson.Time(pod.Pod.Metadata.DeletionTimestamp!.Value)} or earlier.",
                    "Nothing: it was deleted, and its successor is listed when it is ready. status=any still shows it until it is gone.");
            else if (pod.Pod.Unreadable)
                found.Add($"{Sentence(its.NameOf(pod))} could not be read completely, so its state is not known.", "The gateway's log says which part of the object it could not read.");
        }

        return its.Pods.IsEmpty
            ? found.ToCheck("No pod is behind this name.", hasChecked: false)
            : found.ToCheck(its.Pods is [var only] ? $"{Sentence(its.NameOf(only))} is known and runs." : $"{its.Pods.Length} pods are known.");
    }

    internal static string Sentence(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    private static void Selector(ExplainedCase its, Service service, Findings found)
    {
        if (its.IsNamed || !its.Instances.IsEmpty)
            return;
        if (its.Question.Pod is not null)
        {
            if (its.Pods is not [{ IsSelected: false } pod])
                return;
            var missing = service.Selector!.First(one => pod.Pod.Metadata.Labels.GetValueOrDefault(one.Key) != one.Value);
            var detail = its.ShowsDetails
                ? $": it wants label {missing.Key}={missing.Value}, and the pod has {(pod.Pod.Metadata.Labels.TryGetValue(missing.Key, out var own) ? $"{missing.Key}={own}" : "no such label")}"
                : "";
            found.Add(
                $"{its.ServiceName} does not select pod {pod.Name}{detail}, and the pod registered nothing under the name.",
                "Correct the labels of the pod (its template) or the selector of the Service, or let the pod register under another name.");
        }
        else if (!its.Pods.Any(static pod => pod.IsSelected))
        {
            var left = its.Question.WatchesEveryPod ? "" : " Pods that Kubernetes__PodSelector leaves out are not known to the gateway.";
            found.Add(
                $"{its.ServiceName} selects no pod of namespace {its.Key.Namespace}.{SelectorText(its)}{left}",
                $"Compare the selector with the labels of the pods: kubectl -n {its.Key.Namespace} get pods --show-labels. A Deployment with 0 replicas has none.");
        }
    }

    private static string SelectorText(ExplainedCase its) => its is { ShowsDetails: true, Service.Selector: { Count: > 0 } selector }
        ? $" It selects {string.Join(',', selector.OrderBy(static one => one.Key, StringComparer.Ordinal).Select(static one => $"{one.Key}={one.Value}"))}."
        : "";

    private static string NothingOfThatName(ExplainedCase its) =>
        its.Question.Pod is { } pod && its.Pods is [{ Entry.AsRead: var records }]
            ? $"There is no Service {its.Key.Name}, and pod {pod} registered nothing under the name{Others(its, [.. records.Services])}."
            : $"There is no Service {its.Key.Name} in namespace {its.Key.Namespace}, and no pod registered under the name.";

    // What lookups show of this pod under other names.
    private static string Others(ExplainedCase its, string[] services)
    {
        var shown = services.Where(service => its.ShowsDetails || its.Question.Snapshot.Services.ContainsKey(new(its.Key.Namespace, service)))
            .Order(StringComparer.Ordinal).Take(5).ToList();
        return shown.Count == 0 ? "" : $" (it registered {string.Join(", ", shown)})";
    }

    private static string Similar(ExplainedCase its)
    {
        var isEmpty = true;
        foreach (var key in its.Question.Snapshot.Sorted.Keys)
        {
            if (key.Namespace != its.Key.Namespace)
                continue;
            isEmpty = false;
            if (key.Name.Equals(its.Key.Name, StringComparison.OrdinalIgnoreCase))
                return $"There is {key.Name}: names are case-sensitive.";
        }

        return isEmpty ? $"No service at all is known in namespace {its.Key.Namespace}: is it the right one?" : "";
    }
}
