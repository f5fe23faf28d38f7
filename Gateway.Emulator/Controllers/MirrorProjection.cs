using System.Net;
using System.Text.Json.Nodes;

namespace Gateway.Emulator.Controllers;

/// <summary>
/// The slices of a Service without a selector, made from manually written Endpoints, as kube-controller-manager's endpoint slice mirroring
/// controller makes them: of the conditions only readiness is set. Pure.
/// </summary>
internal static class MirrorProjection
{
    /// <summary>The mirroring controller's maxEndpointsPerSubset; further addresses are left out.</summary>
    private const int MaxAddresses = 1000;

    private static readonly string[] Dropped =
    [
        "endpoints.kubernetes.io/last-change-trigger-time", "kubectl.kubernetes.io/last-applied-configuration",
    ];

    public static bool IsWanted(ServiceFacts? service, JsonObject? endpoints)
    {
        var metadata = endpoints.Object("metadata");
        return service is { Selector.Count: 0 }
            && endpoints is not null
            && metadata.Object("labels").Text("endpointslice.kubernetes.io/skip-mirror") != "true"
            && metadata.Object("annotations").Text("control-plane.alpha.kubernetes.io/leader") is null;
    }

    public static SliceTemplate TemplateFor(JsonObject endpoints)
    {
        var metadata = endpoints.Object("metadata");
        var name = metadata.Text("name") ?? "";
        return new SliceTemplate
        {
            Namespace = metadata.Text("namespace") ?? "",
            ServiceName = name,
            Labels = new Dictionary<string, string>(metadata.TextMap("labels"), StringComparer.Ordinal)
            {
                [SliceTemplate.ServiceNameLabel] = name,
                [SliceTemplate.ManagedByLabel] = SliceTemplate.MirroringController,
            },
            Annotations = metadata.TextMap("annotations").Where(static pair => !Dropped.Contains(pair.Key)).ToDictionary(StringComparer.Ordinal),
            OwnerKind = "Endpoints",
            OwnerUid = metadata.Text("uid") ?? "",
            MaxEndpoints = MaxAddresses,
        };
    }

    public static List<EndpointGroup> Project(JsonObject endpoints)
    {
        var groups = new Dictionary<string, EndpointGroup>(StringComparer.Ordinal);
        foreach (var subset in endpoints.Items("subsets"))
        {
            List<EndpointPort> ports = [.. subset.Items("ports").Select(EndpointPort.Read)];
            var ready = subset.Items("addresses").Select(static address => (Address: address, IsReady: true));
            var notReady = subset.Items("notReadyAddresses").Select(static address => (Address: address, IsReady: false));
            foreach (var (address, isReady) in ready.Concat(notReady).Take(MaxAddresses))
            {
                if (!IPAddress.TryParse(address.Text("ip"), out var ip))
                {
                    continue;
                }

                var group = new EndpointGroup(SliceProjection.AddressTypeOf(ip.AddressFamily), ports, []);
                if (!groups.TryGetValue(group.Key, out var existing))
                {
                    groups.Add(group.Key, existing = group);
                }

                existing.Endpoints.Add(ToEndpoint(address, ip, isReady));
            }
        }

        return [.. groups.Values];
    }

    private static JsonObject ToEndpoint(JsonObject address, IPAddress ip, bool isReady)
    {
        var endpoint = new JsonObject
        {
            ["addresses"] = new JsonArray(ip.ToString()),
            ["conditions"] = new JsonObject { ["ready"] = isReady },
        };
        foreach (var field in (string[])["hostname", "targetRef", "nodeName"])
        {
            if (address[field] is { } value)
            {
                endpoint[field] = value.DeepClone();
            }
        }

        return endpoint;
    }
}
