using System.Text.Json.Nodes;

namespace Gateway.Tests.Conformance.Shapes;

/// <summary>
/// What kube-proxy would route to, from the Service and its slices alone (pkg/proxy: endpointslicecache.go and topology.go): per port of the Service
/// the ready endpoints, else those that serve while terminating. Traffic policies and topology left out. Knows nothing of the gateway.
/// </summary>
internal static class KubeProxy
{
    public static IReadOnlyList<(string Address, int Port)> Routes(JsonObject service, IReadOnlyList<JsonObject> slices)
    {
        if (service.Text("spec", "clusterIP") is null or "" or "None" || service.Text("spec", "type") == "ExternalName")
        {
            return [];
        }

        var families = service.At("spec", "ipFamilies") is JsonArray all ? all.Select(static one => (string?)one).ToHashSet() : ["IPv4"];
        List<(string, int)> routes = [];
        foreach (var family in families)
        {
            foreach (var port in service.Array("spec", "ports"))
            {
                var endpoints = (from slice in slices
                                 where slice.Text("addressType") == family
                                 from own in slice.Array("ports")
                                 where (own.Text("name") ?? "", own.Text("protocol") ?? "TCP") == (port.Text("name") ?? "", port.Text("protocol") ?? "TCP")
                                 where own.Number("port") is not null
                                 from endpoint in slice.Array("endpoints")
                                 select (Endpoint: endpoint, Route: ((string)endpoint["addresses"]!.AsArray()[0]!, (int)own.Number("port")!.Value))).ToList();
                var ready = endpoints.Where(static one => one.Endpoint.Flag("conditions", "ready") ?? true).ToList();
                routes.AddRange((ready.Count > 0 ? ready : endpoints.Where(static one => IsDraining(one.Endpoint))).Select(static one => one.Route));
            }
        }

        return [.. routes.Distinct()];
    }

    private static bool IsDraining(JsonObject endpoint) =>
        endpoint.Flag("conditions", "serving") == true && endpoint.Flag("conditions", "terminating") == true;
}
