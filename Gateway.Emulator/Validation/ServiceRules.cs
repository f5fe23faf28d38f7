using System.Net;
using System.Text.Json.Nodes;
using Gateway.Emulator.Failures;

namespace Gateway.Emulator.Validation;

/// <summary>Validates a Service: distinct ports, immutable addresses.</summary>
internal static class ServiceRules
{
    public static IEnumerable<FieldFault> Check(JsonObject service)
    {
        var spec = service["spec"] as JsonObject ?? [];
        var type = (string?)spec["type"] ?? "ClusterIP";
        if (type is not ("ClusterIP" or "ExternalName" or "LoadBalancer" or "NodePort"))
            yield return FieldFault.Unsupported("spec.type", type, "ClusterIP", "ExternalName", "LoadBalancer", "NodePort");
        var ports = spec["ports"] as JsonArray ?? [];
        if (ports.Count == 0 && type != "ExternalName" && (string?)spec["clusterIP"] != "None")
            yield return FieldFault.Required("spec.ports", "");
        if (type == "ExternalName" && string.IsNullOrEmpty((string?)spec["externalName"]))
            yield return FieldFault.Required("spec.externalName", "");
        for (var at = 0; at < ports.Count; at++)
        {
            if (ports.Count > 1 && string.IsNullOrEmpty((string?)ports[at]?["name"]))
                yield return FieldFault.Required($"spec.ports[{at}].name", "");
            if ((long?)ports[at]?["port"] is not (>= 1 and <= 65535))
                yield return FieldFault.Invalid($"spec.ports[{at}].port", $"{ports[at]?["port"] ?? 0}", "must be between 1 and 65535, inclusive");
        }
        if ((string?)spec["clusterIP"] is { Length: > 0 } ip && ip != "None" && !IPAddress.TryParse(ip, out _))
            yield return FieldFault.Invalid("spec.clusterIPs[0]", $"\"{ip}\"", "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
    }

    public static IEnumerable<FieldFault> CheckUpdate(JsonObject old, JsonObject next)
    {
        var before = (string?)old["spec"]?["clusterIP"] ?? "";
        var after = (string?)next["spec"]?["clusterIP"] ?? "";
        if ((string?)next["spec"]?["type"] != "ExternalName" && (string?)old["spec"]?["type"] != "ExternalName" && before.Length > 0 && before != after)
            yield return FieldFault.Invalid("spec.clusterIPs[0]", $"\"{after}\"", "may not change once set");
        foreach (var fault in Check(next))
            yield return fault;
    }
}
