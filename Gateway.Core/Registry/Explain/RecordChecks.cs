using Gateway.Core.Annotations.Records;
using Gateway.Core.Registry.Projection;

namespace Gateway.Core.Registry.Explain;

/// <summary>Could the records be read, and may their pods have the name?</summary>
internal static class RecordChecks
{
    public static ExplainedCheck Record(ExplainedCase its)
    {
        var found = new Findings(CheckNames.Record);
        if (its.Question.Snapshot.Unprojected.TryGetValue(its.Key, out var failure))
            found.Add(
                $"The gateway fails to compute this service, by a bug ({failure}): what is listed is what could be computed last.",
                "Log 1512 of the gateway has the stack: report it. Which record causes it is mostly the one that was changed last.");
        foreach (var pod in its.Pods)
        {
            // A record that cannot be read may be of any service: where another names this one, it is not what is missing.
            if (!pod.Records.IsEmpty)
                continue;
            AddUnreadable(its, its.NameOf(pod), pod.Entry, found);
            AddNotRead(its, pod, found);
        }

        if (its.Pods.IsEmpty && its.Question.Pod is null && its.Service is null)
        {
            foreach (var entry in its.Question.Snapshot.Pods.Values)
            {
                if (entry.Pod.Metadata.Namespace == its.Key.Namespace)
                    AddUnreadable(its, its.ShowsDetails ? $"pod {entry.Pod.Metadata.Name}" : "a pod of the namespace", entry, found);
            }
        }

        var records = its.Pods.Sum(static pod => pod.Records.Length);
        return found.ToCheck(records == 0 ? "No pod registered under the name." : $"{records} registration(s) under the name can be read.", hasChecked: records > 0);
    }

    public static ExplainedCheck Name(ExplainedCase its)
    {
        var found = new Findings(CheckNames.Name);
        foreach (var pod in its.Pods)
        {
            foreach (var reserved in pod.Entry.Records.Reserved)
            {
                if (reserved.Name == its.Key.Name)
                    AddReserved(its, pod, reserved, found);
            }

            if (pod.Records.IsEmpty && pod.Entry.AsRead.DubboJava is not null && pod is { IsSelected: false, Group: not null } && ReservedNames.IsReserved(its.Service, pod.Pod))
                found.Add($"{ObjectChecks.Sentence(its.NameOf(pod))} is in a slice of {its.ServiceName}, which does not select it: its Dubbo application is not listed.", HelpFor(its));
        }

        return found.ToCheck("Every pod that registered under the name may have it.", hasChecked: its.HasRecords);
    }

    private static void AddUnreadable(ExplainedCase its, string pod, PodEntry entry, Findings found)
    {
        foreach (var record in entry.AsRead.Unreadable)
        {
            var detail = its.ShowsDetails ? $" (annotation {record.AnnotationKey}, source {InstanceSourceNames.Of(record.Source)}): {record.Reason.TrimEnd('.')}" : "";
            found.Add(
                $"{ObjectChecks.Sentence(pod)} has a record that cannot be read{detail}.",
                its.ShowsDetails
                    ? "Correct the annotation, or register again; a template's declare is corrected in the template."
                    : "Read the reason with the pod's token in GET /v1/registrations, or ask with a token that may read the namespace.");
        }
    }

    private static void AddNotRead(ExplainedCase its, ExplainedPod pod, Findings found)
    {
        foreach (var source in SourcesNotRead(its, pod))
        {
            var name = InstanceSourceNames.Of(source);
            found.Add(
                $"{ObjectChecks.Sentence(its.NameOf(pod))} has a record under the name in a format that this gateway does not read{(its.ShowsDetails ? $" ({name})" : "")}: format not read.",
                its.ShowsDetails
                    ? $"Name {name} in Registry__Formats of the gateway (docs/security.md says what that trusts), or register the pod with POST /v1/registrations."
                    : "Register the pod with POST /v1/registrations, or ask for the format to be named in Registry__Formats of the gateway.");
        }
    }

    private static IEnumerable<InstanceSource> SourcesNotRead(ExplainedCase its, ExplainedPod pod)
    {
        if (pod.Entry.AsRead.NotRead is not { } notRead)
            return [];
        var sources = notRead.OfService(its.Key.Name).ToArray().Select(static record => record.Source);
        var isOfService = pod.Group is not null && notRead.DubboJava is not null && its.Service?.Selector is { Count: > 0 };
        return (isOfService ? sources.Append(InstanceSource.DubboJava) : sources).Distinct();
    }

    private static void AddReserved(ExplainedCase its, ExplainedPod pod, ReservedRecord reserved, Findings found) => found.Add(
        $"{its.Key.Name} is the name of a Service that does not select {its.NameOf(pod)}, "
            + (reserved.IsApplication ? "so its registration is not listed as an instance of that application." : "so its registration under the name is not listed."),
        HelpFor(its));

    private static string HelpFor(ExplainedCase its) =>
        $"Label the pod so that {its.ServiceName} selects it, or register under another name (docs/security.md, one rule of names).";
}
