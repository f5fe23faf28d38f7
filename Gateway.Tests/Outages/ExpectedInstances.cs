using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;

namespace Gateway.Tests.Outages;

/// <summary>
/// What a cluster's objects say that lookups must show, by the contract's section 1 and without any code of the gateway: own registrations
/// of pods, and the endpoints of Services. Covers what the rows of the fault table use; restarts, leases and other formats are left out.
/// </summary>
internal static class ExpectedInstances
{
    private const string Prefix = "registry-gateway.io/";

    /// <summary>For each service and id of a namespace: pod, address, port and status, as one text.</summary>
    public static Dictionary<(string Service, string Id), string> Of(ObjectStorage storage, string ns)
    {
        var pods = Contents(storage, ResourceKinds.Pods, ns).ToDictionary(static pod => (string)pod["metadata"]!["name"]!, StringComparer.Ordinal);
        var services = Contents(storage, ResourceKinds.Services, ns)
            .Where(static service => (string?)service["spec"]?["type"] != "ExternalName")
            .Select(static service => (string)service["metadata"]!["name"]!).ToHashSet(StringComparer.Ordinal);
        var endpoints = Contents(storage, ResourceKinds.EndpointSlices, ns).SelectMany(EndpointsOf).Where(endpoint => services.Contains(endpoint.Service)).ToList();
        Dictionary<(string, string), string> expected = [];
        HashSet<(string Service, string Pod, int Port)> recorded = [];
        foreach (var (name, pod) in pods)
        {
            foreach (var record in RecordsOf(pod))
            {
                var (service, port) = ((string)record["service"]!, (int)record["port"]!);
                recorded.Add((service, name, port));
                if ((string?)pod["status"]?["phase"] is "Failed" or "Succeeded")
                    continue;
                var serving = endpoints.Where(endpoint => endpoint.Service == service && endpoint.Pod == name).Select(static endpoint => (bool?)endpoint.Serving).FirstOrDefault();
                expected[(service, (string)record["id"]!)] = Shown(name, pod, AddressOf(pod), port, record["outOfService"] is not null, serving ?? IsReady(pod));
            }
        }

        foreach (var endpoint in endpoints)
        {
            if (endpoint.Pod is not { } name || !pods.TryGetValue(name, out var pod) || (string?)pod["metadata"]!["uid"] != endpoint.Uid)
                continue;
            if (!endpoint.Ports.Exists(port => recorded.Contains((endpoint.Service, name, port))) && endpoint.Ports is [var first, ..])
                expected[(endpoint.Service, IdOf(endpoint.Uid!, ns, endpoint.Service, "", "", "tcp", first))] = Shown(name, pod, AddressOf(pod), first, false, endpoint.Ready);
        }

        return expected;
    }

    /// <summary>The same text for an instance of a lookup.</summary>
    public static string Shown(JsonNode instance) => $"{instance["pod"]?["name"]} {instance["address"]}:{instance["port"]} {instance["status"]}";

    private static string Shown(string name, JsonObject pod, string? address, int port, bool isOut, bool isReady)
    {
        var status = pod["metadata"]!["deletionTimestamp"] is not null ? "TERMINATING" : isOut ? "OUT_OF_SERVICE" : address is null || !isReady ? "STARTING" : "UP";
        return $"{name} {address}:{port} {status}";
    }

    private static string IdOf(params object[] parts)
    {
        var text = string.Concat(parts.Select(static part => $"{part}\n"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..32];
    }

    // Only those whose id was made from this pod: a copied annotation is another pod's.
    private static IEnumerable<JsonObject> RecordsOf(JsonObject pod)
    {
        foreach (var (key, value) in pod["metadata"]!["annotations"] as JsonObject ?? [])
        {
            if (!key.StartsWith(Prefix, StringComparison.Ordinal) || key.Length != Prefix.Length + 32)
                continue;
            var record = JsonNode.Parse((string)value!)!.AsObject();
            var id = IdOf((string)pod["metadata"]!["uid"]!, (string)pod["metadata"]!["namespace"]!, (string)record["service"]!, (string?)record["group"] ?? "",
                (string?)record["version"] ?? "", (string?)record["protocol"] ?? "http", (int)record["port"]!);
            if (key != Prefix + id)
                continue;
            record["id"] = id;
            yield return record;
        }
    }

    private static IEnumerable<Endpoint> EndpointsOf(JsonObject slice)
    {
        if ((string?)slice["metadata"]!["labels"]?["kubernetes.io/service-name"] is not { } service || (string?)slice["addressType"] != "IPv4")
            yield break;
        List<int> ports = [.. (slice["ports"] as JsonArray ?? []).OrderBy(static port => (string?)port!["name"] is "http" ? "" : (string?)port["name"] ?? "", StringComparer.Ordinal)
            .Select(static port => (int)port!["port"]!)];
        foreach (var endpoint in slice["endpoints"] as JsonArray ?? [])
        {
            var ready = (bool?)endpoint!["conditions"]?["ready"] ?? true;
            yield return new Endpoint(service, (string?)endpoint["targetRef"]?["name"], (string?)endpoint["targetRef"]?["uid"], ports, ready, (bool?)endpoint["conditions"]?["serving"] ?? ready);
        }
    }

    private static string? AddressOf(JsonObject pod) => (string?)(pod["status"]?["podIPs"] as JsonArray)?[0]?["ip"] ?? (string?)pod["status"]?["podIP"];

    private static bool IsReady(JsonObject pod) => (pod["status"]?["conditions"] as JsonArray ?? [])
        .Any(static condition => (string?)condition!["type"] == "Ready" && (string?)condition["status"] == "True");

    private static IEnumerable<JsonObject> Contents(ObjectStorage storage, ResourceKind kind, string ns) =>
        storage.List(kind).In(ns).Select(static stored => stored.Copy());

    private sealed record Endpoint(string Service, string? Pod, string? Uid, List<int> Ports, bool Ready, bool Serving);
}
