using System.Text.Json.Nodes;

namespace Gateway.Emulator.Defaulting;

/// <summary>The defaults of Services, cluster IPs included.</summary>
internal static class ServiceDefaults
{
    public static void Apply(JsonObject service, ServiceAddresses addresses)
    {
        var spec = service.Child("spec");
        foreach (var port in spec.Items("ports"))
        {
            port.Default("protocol", "TCP");
            if ((string?)spec["type"] != "ExternalName" && port["port"] is { } number)
                port.Default("targetPort", number.DeepClone);
        }
        spec.Default("type", "ClusterIP");
        spec.Default("sessionAffinity", "None");
        if ((string?)spec["type"] != "ExternalName")
        {
            ApplyAddresses(spec, addresses);
            spec.Default("internalTrafficPolicy", "Cluster");
        }
        if ((string?)spec["type"] is "NodePort" or "LoadBalancer")
            spec.Default("externalTrafficPolicy", "Cluster");
        if ((string?)spec["type"] == "LoadBalancer")
            spec.Default("allocateLoadBalancerNodePorts", JsonValue.Create(true));
        service.Child("status").Default("loadBalancer", static () => new JsonObject());
    }

    private static void ApplyAddresses(JsonObject spec, ServiceAddresses addresses)
    {
        var policy = (string?)spec["ipFamilyPolicy"] ?? ((spec["ipFamilies"] as JsonArray)?.Count > 1 ? "RequireDualStack" : "SingleStack");
        spec.Default("ipFamilyPolicy", policy);
        spec.Default("ipFamilies", () => new JsonArray((string?)spec["clusterIP"] is { } ip && ip.Contains(':') ? "IPv6" : "IPv4"));
        var families = spec["ipFamilies"]!.AsArray();
        if (policy != "SingleStack" && families.Count == 1)
            families.Add((string?)families[0] == "IPv4" ? "IPv6" : "IPv4");
        if (spec["clusterIPs"] is JsonArray { Count: > 0 } given)
            spec.Default("clusterIP", (string?)given[0] ?? "");
        if ((string?)spec["clusterIP"] == "None")
        {
            spec.Default("clusterIPs", static () => new JsonArray("None"));
            return;
        }
        if (string.IsNullOrEmpty((string?)spec["clusterIP"]))
            spec["clusterIP"] = addresses.Next((string)families[0]!);
        else
            addresses.MarkUsed((string)spec["clusterIP"]!);
        spec.Default("clusterIPs", () => new JsonArray((string?)spec["clusterIP"]));
        for (var family = spec["clusterIPs"]!.AsArray().Count; family < families.Count; family++)
            spec["clusterIPs"]!.AsArray().Add(addresses.Next((string)families[family]!));
    }
}
