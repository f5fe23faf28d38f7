using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Gateway.Emulator.Controllers;

/// <summary>The fields of a Service that decide its endpoints.</summary>
internal sealed record ServiceFacts(string Namespace, string Name, string Uid)
{
    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    /// <summary>Empty means that the Service selects no pods and its endpoints are written manually.</summary>
    public required IReadOnlyDictionary<string, string> Selector { get; init; }

    public required IReadOnlyList<ServicePort> Ports { get; init; }

    public required IReadOnlyList<AddressFamily> Families { get; init; }

    public bool IsHeadless { get; init; }

    public bool IsExternalName { get; init; }

    public bool PublishesNotReady { get; init; }

    public bool IsTerminating { get; init; }

    public bool HasDerivedEndpoints => Selector.Count > 0 && !IsExternalName;

    public static ServiceFacts Read(JsonObject service)
    {
        var metadata = service.Object("metadata");
        var spec = service.Object("spec");
        var clusterIP = spec.Text("clusterIP");
        return new ServiceFacts(metadata.Text("namespace") ?? "", metadata.Text("name") ?? "", metadata.Text("uid") ?? "")
        {
            Labels = metadata.TextMap("labels"),
            Selector = spec.TextMap("selector"),
            Ports = [.. spec.Items("ports").Select(ServicePort.Read)],
            Families = ReadFamilies(spec, clusterIP),
            IsHeadless = clusterIP is "None" or null or "",
            IsExternalName = spec.Text("type") == "ExternalName",
            PublishesNotReady = spec.Flag("publishNotReadyAddresses"),
            IsTerminating = metadata.Text("deletionTimestamp") is not null,
        };
    }

    public bool Selects(PodFacts pod) =>
        HasDerivedEndpoints && Selector.All(pair => pod.Labels.TryGetValue(pair.Key, out var value) && value == pair.Value);

    /// <summary>A pod's hostname is published only where the pod names this Service as its subdomain.</summary>
    public string? HostnameOf(PodFacts pod) => !string.IsNullOrEmpty(pod.Hostname) && pod.Subdomain == Name ? pod.Hostname : null;

    private static List<AddressFamily> ReadFamilies(JsonObject? spec, string? clusterIP)
    {
        List<AddressFamily> families =
        [
            .. spec.Texts("ipFamilies").Select(static family => family == "IPv6" ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork),
        ];
        if (families.Count > 0)
        {
            return families;
        }

        return [IPAddress.TryParse(clusterIP, out var address) ? address.AddressFamily : AddressFamily.InterNetwork];
    }
}
