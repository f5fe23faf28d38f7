using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gateway.Tests.Interop;

/// <summary>
/// Dubbo Java 3.2's KubernetesServiceDiscovery: one annotation with the application's metadata, found by way of the Endpoints object that
/// is named as the application.
/// </summary>
internal sealed class DubboJava32(SdkApi api, string ns) : ISdkReader, ISdkWriter
{
    private const string Key = "io.dubbo/metadata";

    public async Task RegisterAsync(string pod, string address, SdkService service)
    {
        var metadata = JsonSerializer.Serialize(new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["dubbo.endpoints"] = $$"""[{"port":{{service.Port}},"protocol":"{{service.Protocol}}"}]""",
            ["dubbo.metadata-service.url-params"] =
                $$"""{"version":"1.0.0","dubbo":"2.0.2","release":"3.2.6","side":"provider","port":"{{service.Port}}","protocol":"{{service.Protocol}}"}""",
            ["dubbo.metadata.revision"] = "4638952ef6ef27a221876e117341e395",
            ["dubbo.metadata.storage-type"] = "local",
            ["timestamp"] = "1700000000000",
        });

        // fabric8's edit: a JSON patch of the difference to what was read.
        var hasAnnotations = (await api.GetAsync($"/api/v1/namespaces/{ns}/pods/{pod}"))!["metadata"]!["annotations"] is not null;
        var add = hasAnnotations
            ? new JsonObject { ["op"] = "add", ["path"] = "/metadata/annotations/io.dubbo~1metadata", ["value"] = metadata }
            : new JsonObject { ["op"] = "add", ["path"] = "/metadata/annotations", ["value"] = new JsonObject { [Key] = metadata } };
        await api.PatchPodAsync(ns, pod, "application/json-patch+json", new JsonArray(add));
    }

    /// <summary>Addresses are those of the endpoints, ports those of <c>dubbo.endpoints</c> for the protocol; no valid revision is no instance.</summary>
    public async Task<IReadOnlyList<SdkProvider>> ProvidersAsync(SdkService service)
    {
        var selector = (await api.GetAsync($"/api/v1/namespaces/{ns}/services/{service.Application}"))?["spec"]?["selector"];
        var endpoints = await api.GetAsync($"/api/v1/namespaces/{ns}/endpoints/{service.Application}");
        if (selector is null || endpoints is null)
            return [];
        var labels = string.Join(',', selector.AsObject().Select(static label => $"{label.Key}={label.Value}"));
        var pods = (await api.ListPodsAsync(ns, labels)).ToDictionary(static pod => (string)pod["metadata"]!["name"]!);
        var addresses = (endpoints["subsets"]?.AsArray() ?? []).SelectMany(static subset => subset!["addresses"]?.AsArray() ?? []);
        var found = new List<SdkProvider>();
        foreach (var address in addresses)
        {
            var annotation = pods.GetValueOrDefault((string)address!["targetRef"]!["name"]!)?["metadata"]!["annotations"]?[Key];
            if (annotation is null)
                continue;
            var map = JsonSerializer.Deserialize<Dictionary<string, string>>((string)annotation!)!;
            if (map.GetValueOrDefault("dubbo.metadata.revision") is null or "0")
                continue;
            found.AddRange(JsonNode.Parse(map["dubbo.endpoints"])!.AsArray().Where(endpoint => (string)endpoint!["protocol"]! == service.Protocol)
                .Select(endpoint => new SdkProvider(service.Protocol, (string)address["ip"]!, (int)endpoint!["port"]!)));
        }

        return found;
    }
}
