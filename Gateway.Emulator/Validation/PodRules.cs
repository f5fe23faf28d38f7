using System.Text.Json.Nodes;
using Gateway.Emulator.Failures;

namespace Gateway.Emulator.Validation;

/// <summary>Validates a pod's spec at its creation, and that an update changes only mutable fields.</summary>
internal static class PodRules
{
    private const string Immutable =
        "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`," +
        "`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was " +
        "previously negative)\n";

    public static IEnumerable<FieldFault> CheckCreate(JsonObject pod)
    {
        var spec = pod["spec"] as JsonObject ?? [];
        if (spec["containers"] is not JsonArray { Count: > 0 })
            yield return FieldFault.Required("spec.containers", "");
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (list, at, container) in Containers(spec))
        {
            var path = $"spec.{list}[{at}]";
            var name = (string?)container["name"] ?? "";
            if (name.Length == 0)
                yield return FieldFault.Required(path + ".name", "");
            else if (!names.Add(name))
                yield return FieldFault.Duplicate(path + ".name", name);
            if (string.IsNullOrWhiteSpace((string?)container["image"]))
                yield return FieldFault.Required(path + ".image", "");
            foreach (var fault in CheckPorts(container["ports"] as JsonArray, path))
                yield return fault;
        }
        if (spec["restartPolicy"] is { } policy && (string?)policy is not ("Always" or "OnFailure" or "Never"))
            yield return FieldFault.Unsupported("spec.restartPolicy", (string?)policy ?? "", "Always", "OnFailure", "Never");
    }

    public static IEnumerable<FieldFault> CheckUpdate(JsonObject old, JsonObject next)
    {
        var before = Mutable(old["spec"] as JsonObject ?? []);
        var after = Mutable(next["spec"] as JsonObject ?? []);
        if (!JsonNode.DeepEquals(before, after) || !KeepsTolerations(old, next))
            yield return FieldFault.Forbidden("spec", Immutable);
        foreach (var fault in CheckCreate(next))
            yield return fault;
    }

    private static IEnumerable<(string List, int At, JsonObject Container)> Containers(JsonObject spec)
    {
        foreach (var list in (string[])["initContainers", "containers"])
        {
            var containers = spec[list] as JsonArray ?? [];
            for (var at = 0; at < containers.Count; at++)
                yield return (list, at, containers[at] as JsonObject ?? []);
        }
    }

    private static IEnumerable<FieldFault> CheckPorts(JsonArray? ports, string path)
    {
        for (var at = 0; at < (ports?.Count ?? 0); at++)
        {
            var number = (long?)ports![at]?["containerPort"];
            if (number is null)
                yield return FieldFault.Required($"{path}.ports[{at}].containerPort", "");
            else if (number is < 1 or > 65535)
                yield return FieldFault.Invalid($"{path}.ports[{at}].containerPort", $"{number}", "must be between 1 and 65535, inclusive");
        }
    }

    // A copy without the fields that an update may change.
    private static JsonObject Mutable(JsonObject spec)
    {
        var copy = (JsonObject)spec.DeepClone();
        foreach (var (_, _, container) in Containers(copy))
            container.Remove("image");
        copy.Remove("activeDeadlineSeconds");
        copy.Remove("tolerations");
        if ((long?)copy["terminationGracePeriodSeconds"] is < 0 or 1)
            copy.Remove("terminationGracePeriodSeconds");
        return copy;
    }

    private static bool KeepsTolerations(JsonObject old, JsonObject next)
    {
        var after = next["spec"]?["tolerations"] as JsonArray ?? [];
        return (old["spec"]?["tolerations"] as JsonArray ?? []).All(one => after.Any(other => JsonNode.DeepEquals(one, other)));
    }
}
