using System.Text.Json.Nodes;

namespace Gateway.Emulator.Printing;

/// <summary>The rows of Services, Endpoints and EndpointSlices.</summary>
internal static class NetworkRows
{
    private const int ShownEndpoints = 3;

    public static readonly TableLayout Services = new(
        [
            new("Name", "string", "name", Descriptions.Name, 0), TableColumn.Text("Type"), TableColumn.Text("Cluster-IP"),
            TableColumn.Text("External-IP"), TableColumn.Text("Port(s)"), TableColumn.Text("Age", Descriptions.Age), TableColumn.Text("Selector", "", 1),
        ],
        static (service, now) =>
        {
            var spec = service["spec"] as JsonObject ?? [];
            var selector = (spec["selector"] as JsonObject)?.Select(static pair => $"{pair.Key}={(string?)pair.Value}") ?? [];
            return
            [
                Name(service), (string?)spec["type"], (string?)spec["clusterIP"] is { Length: > 0 } ip ? ip : "<none>", ExternalIp(spec),
                Join(List(spec, "ports").Select(Port)), Age(service, now), Join(selector),
            ];
        });

    public static readonly TableLayout Endpoints = new(
        [new("Name", "string", "name", Descriptions.Name, 0), TableColumn.Text("Endpoints"), TableColumn.Text("Age", Descriptions.Age)],
        static (endpoints, now) => [Name(endpoints), Addresses(endpoints), Age(endpoints, now)]);

    public static readonly TableLayout EndpointSlices = new(
        [
            new("Name", "string", "name", Descriptions.Name, 0), TableColumn.Text("AddressType"), TableColumn.Text("Ports"),
            TableColumn.Text("Endpoints"), TableColumn.Text("Age", Descriptions.Age),
        ],
        static (slice, now) =>
        {
            var ports = List(slice, "ports").Select(static port => port["port"]?.ToJsonString() ?? "*").ToList();
            var addresses = List(slice, "endpoints").SelectMany(static one => (one["addresses"] as JsonArray ?? []).Select(static ip => (string?)ip)).ToList();
            return [Name(slice), (string?)slice["addressType"], ports.Count == 0 ? "<unset>" : Shorten(ports), addresses.Count == 0 ? "<unset>" : Shorten(addresses), Age(slice, now)];
        });

    private static string ExternalIp(JsonObject spec) => (string?)spec["type"] switch
    {
        "ExternalName" => (string?)spec["externalName"] ?? "",
        "LoadBalancer" => "<pending>",
        _ => (spec["externalIPs"] as JsonArray) is { Count: > 0 } ips ? Join(ips.Select(static ip => (string?)ip)) : "<none>",
    };

    private static string Port(JsonObject port) =>
        (long?)port["nodePort"] is { } node and > 0 ? $"{port["port"]}:{node}/{(string?)port["protocol"]}" : $"{port["port"]}/{(string?)port["protocol"]}";

    private static string Addresses(JsonObject endpoints)
    {
        var all = List(endpoints, "subsets").SelectMany(static subset =>
        {
            var ips = List(subset, "addresses").Select(static one => (string?)one["ip"] ?? "");
            var ports = List(subset, "ports").ToList();
            return ports.Count == 0 ? ips : ports.SelectMany(port => ips.Select(ip => $"{(ip.Contains(':') ? $"[{ip}]" : ip)}:{port["port"]}"));
        }).ToList();
        return all.Count == 0 ? "<none>" : Shorten(all);
    }

    private static string Shorten(IReadOnlyList<string?> all) =>
        string.Join(',', all.Take(ShownEndpoints)) + (all.Count > ShownEndpoints ? $" + {all.Count - ShownEndpoints} more..." : "");

    private static string Join(IEnumerable<string?> parts) => string.Join(',', parts) is { Length: > 0 } text ? text : "<none>";

    private static string? Name(JsonObject item) => (string?)item["metadata"]!["name"];

    private static string Age(JsonObject item, DateTimeOffset now) => HumanDuration.Since((string?)item["metadata"]!["creationTimestamp"], now);

    private static IEnumerable<JsonObject> List(JsonObject parent, string name) => (parent[name] as JsonArray)?.OfType<JsonObject>() ?? [];
}
