using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Gateway.Emulator.Controllers;

/// <summary>What of a Service decides its endpoints.</summary>
internal sealed record ServiceFacts(string Namespace, string Name, string Uid)
{
    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    /// <summary>Empty means that it selects nothing and that its endpoints are made by hand.</summary>
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

    /// <summary>The pod's name in DNS is published only where the pod says that this Service is its subdomain.</summary>
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
