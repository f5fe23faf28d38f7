using System.Text.Json.Nodes;
using Gateway.Emulator.Failures;
using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Validation;

/// <summary>Validates an object that a client wants to store, and reports every fault.</summary>
internal static class ObjectRules
{
    public static void CheckCreate(ResourceKind kind, JsonObject content)
    {
        List<FieldFault> faults = [.. MetadataRules.Check(kind, content), .. CheckContent(kind, content)];
        Refuse(kind, content, faults);
    }

    public static void CheckUpdate(ResourceKind kind, JsonObject old, JsonObject next, string? subresource)
    {
        List<FieldFault> faults = [.. CheckIdentity(old, next), .. MetadataRules.CheckAnnotations(next["metadata"]?["annotations"] as JsonObject)];

        // The real server validates a pod's metadata in several places, each of which reports the same fault again.
        if (kind == ResourceKinds.Pods)
            faults = [.. faults.SelectMany(static fault => Enumerable.Repeat(fault, fault.Field == "metadata.annotations" ? 4 : 2))];
        if (subresource is null)
        {
            faults.AddRange(MetadataRules.Check(kind, next).Where(static fault => fault.Field == "metadata.labels"));
            if (kind == ResourceKinds.Pods)
                faults.AddRange(PodRules.CheckUpdate(old, next));
            else if (kind == ResourceKinds.Services)
                faults.AddRange(ServiceRules.CheckUpdate(old, next));
            else if (kind == ResourceKinds.EndpointSlices && (string?)old["addressType"] != (string?)next["addressType"])
                faults.Add(FieldFault.Invalid("addressType", $"\"{next["addressType"]}\"", "field is immutable"));
            else
                faults.AddRange(CheckContent(kind, next));
        }
        Refuse(kind, next, faults);
    }

    private static IEnumerable<FieldFault> CheckContent(ResourceKind kind, JsonObject content)
    {
        if (kind == ResourceKinds.Pods)
            return PodRules.CheckCreate(content);
        if (kind == ResourceKinds.Services)
            return ServiceRules.Check(content);
        if (kind == ResourceKinds.EndpointSlices && (string?)content["addressType"] is not ("IPv4" or "IPv6" or "FQDN"))
            return [FieldFault.Required("addressType", "")];
        if (kind == ResourceKinds.Leases && (long?)content["spec"]?["leaseDurationSeconds"] is <= 0)
            return [FieldFault.Invalid("spec.leaseDurationSeconds", content["spec"]!["leaseDurationSeconds"]!.ToJsonString(), "must be greater than 0")];
        return [];
    }

    private static IEnumerable<FieldFault> CheckIdentity(JsonObject old, JsonObject next)
    {
        foreach (var field in (string[])["uid", "name", "namespace", "deletionTimestamp"])
        {
            var before = (string?)old["metadata"]![field] ?? "";
            var after = (string?)next["metadata"]![field] ?? "";
            if (before != after)
                yield return FieldFault.Invalid("metadata." + field, $"\"{after}\"", "field is immutable");
        }
    }

    private static void Refuse(ResourceKind kind, JsonObject content, List<FieldFault> faults)
    {
        if (faults.Count > 0)
            throw ApiFailure.Invalid(kind, (string?)content["metadata"]!["name"] ?? "", faults);
    }
}
