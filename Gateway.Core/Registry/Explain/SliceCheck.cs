using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Projection;

namespace Gateway.Core.Registry.Explain;

/// <summary>Do the Service's slices hold the endpoints, and with a port that the Service has?</summary>
internal static class SliceCheck
{
    public static ExplainedCheck Slice(ExplainedCase its)
    {
        var found = new Findings(CheckNames.Slice);
        if (its.Service is not { } service || its.IsExternalName)
        {
            if (its.Question.Slices.IsEmpty || its.HasRecords)
                return found.ToCheck("Slices do not count: there is no Service with endpoints of that name.", hasChecked: false);
            found.Add($"There are slices of {its.ServiceName}, but no such Service with endpoints: they list nothing.", "Create the Service, or remove the slices.");
            return found.ToCheck("");
        }

        AddHeldBack(its, found);
        if (!its.Question.ListsEndpoints)
            AddUnlisted(its, found);
        foreach (var pod in its.Pods)
        {
            if (!pod.IsLive || pod.Pod.PodIPs.IsEmpty)
                continue;
            if (pod.Group is null)
                AddMissing(its, service, pod, found);
            else if (!pod.Group.IsOffered && pod.Instances.IsEmpty)
                AddPorts(its, service, its.NameOf(pod), pod.Name, found);
            else if (pod.Group.IsTerminating)
                found.Add($"The slices say that the endpoint of {its.NameOf(pod)} is terminating.", "Nothing, if the pod is going away; else look at the slices of the Service.");
        }

        if (its.Question.Pod is null)
            AddBare(its, service, found);
        var slices = its.Question.Slices;
        return found.ToCheck(
            slices.IsEmpty ? "No slice is needed: what is registered stands for itself." : $"{slices.Length} slice(s) hold {slices.Sum(static one => one.Endpoints.Length)} endpoint(s).",
            hasChecked: !slices.IsEmpty);
    }

    private static void AddHeldBack(ExplainedCase its, Findings found)
    {
        foreach (var (slice, endpoint) in its.Join.HeldBack)
        {
            var target = endpoint.Target!;
            if (its.Question.Pod is { } only && target.Name != only)
                continue;
            var known = its.Question.Snapshot.RegistrationsOf(its.Key.Namespace, target.Name);
            if (known is not null && known.Pod.Metadata.Uid == target.Uid)
                found.Add($"Slice {slice} names {PodName(its, target.Name)}, which has no address yet.", "Wait: it is listed when the kubelet has reported its address.");
            else if (known is not null)
                found.Add(
                    $"Slice {slice} names an earlier pod of the name of {PodName(its, target.Name)} (another uid).",
                    "The slice is old. The slice controller corrects it within seconds; a slice that is written by hand is corrected by its author.");
            else
                found.Add(
                    $"Slice {slice} names {PodName(its, target.Name)}, which this cluster does not have.",
                    "The slice is old, or orphaned: look whether its controller runs, or delete it. A pod that was just created is known within seconds.");
        }
    }

    private static void AddUnlisted(ExplainedCase its, Findings found)
    {
        var isAny = its.Pods.Any(static pod => pod is { IsLive: true, Group.IsOffered: true, Instances.IsEmpty: true })
            || (its.Question.Pod is null && its.Join.ByAddress.Any(static group => group.IsOffered));
        if (isAny)
        {
            found.Add(
                $"{its.ServiceName} has endpoints, which this gateway does not list: format not read.",
                "Name endpoints in Registry__Formats of the gateway, or register the pods.");
        }
    }

    private static void AddMissing(ExplainedCase its, Service service, ExplainedPod pod, Findings found)
    {
        if (!pod.IsSelected || !pod.Instances.IsEmpty || its.Join.HeldBack.Any(one => one.Endpoint.Target!.Name == pod.Name))
            return;
        if (its.Question.Slices.IsEmpty)
            found.Add(NoSlice(its), "The slice controller writes one within seconds. If none comes, look at kube-controller-manager, and whether the Service has a selector.");
        else if (!its.Question.Slices.Any(slice => EndpointJoin.Has(service, slice.AddressType)))
            AddFamily(its, found);
        else
            found.Add(
                $"{ObjectChecks.Sentence(its.NameOf(pod))} is selected, but no slice of {its.ServiceName} has it.",
                "The slice controller adds it within seconds. If it stays, look whether the slices are written by hand (label endpointslice.kubernetes.io/managed-by).");
    }

    /// <summary>Endpoints without a pod, and a Service that has none.</summary>
    private static void AddBare(ExplainedCase its, Service service, Findings found)
    {
        foreach (var group in its.Join.ByAddress)
        {
            if (!group.IsOffered)
                AddPorts(its, service, $"endpoint {group.Addresses[0]}", null, found);
        }

        if (found.Any || !its.Instances.IsEmpty || its.HasRecords || service.Selector is { Count: > 0 })
            return;
        if (its.Question.Slices.IsEmpty)
            found.Add(NoSlice(its), "Nothing writes slices for a Service without a selector: create one, or give the Service a selector.");
        else if (!its.Question.Slices.Any(slice => EndpointJoin.Has(service, slice.AddressType)))
            AddFamily(its, found);
        else if (its.Question.Slices.All(static slice => slice.Endpoints.IsEmpty))
            found.Add($"The slices of {its.ServiceName} hold no endpoint.", "The author of the slices has to add endpoints.");
    }

    private static void AddPorts(ExplainedCase its, Service service, string owner, string? pod, Findings found)
    {
        var slices = its.Question.Slices.Where(slice => slice.Endpoints.Any(one => pod is null || one.Target?.Name == pod));
        var offered = string.Join(", ", slices.SelectMany(static slice => slice.Ports).Select(static port => $"{PortName(port.Name)}/{port.Protocol}").Distinct().Take(8));
        var wanted = string.Join(", ", service.Ports.Select(static port => $"{PortName(port.Name)}/{port.Protocol}").Take(8));
        found.Add(
            $"The slice of {owner} has no port of {its.ServiceName}: the slice has {(offered.Length == 0 ? "none" : offered)}, the Service has {wanted}.",
            "A port counts by its name and protocol. A targetPort by name needs a container port of that name; correct it, or the slice.");
    }

    private static void AddFamily(ExplainedCase its, Findings found) => found.Add(
        $"The slices of {its.ServiceName} are of address type {string.Join(", ", its.Question.Slices.Select(static one => one.AddressType).Distinct())}, which the Service does not have.",
        "Names (FQDN) are not listed. For addresses, compare ipFamilies of the Service with addressType of its slices.");

    private static string NoSlice(ExplainedCase its) => $"There is no EndpointSlice of {its.ServiceName} yet.";

    private static string PortName(string name) => name.Length == 0 ? "(unnamed)" : name;

    private static string PodName(ExplainedCase its, string name) => its.ShowsDetails || its.Question.Pod == name ? $"pod {name}" : "a pod";
}
